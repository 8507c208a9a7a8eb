import { type RefObject, useEffect, useRef, useState } from "react";
import { settledOrder } from "../model/order";

/** A pointer that rests that long was left there: it holds nothing any more. */
const HELD_MS = 15_000;

interface Stable<Item, Node> {
  list: RefObject<Node | null>;
  items: Item[];
  /** What is over, and keeps its place as long as the list is held: what comes after it would move up under the finger. */
  gone: Set<string>;
}

/** Keep a list's order while somebody points at it or stands in it by keyboard: nothing moves away under a click. */
export function useStable<Item, Node extends HTMLElement>(
  wanted: Item[],
  keyOf: (item: Item) => string,
  keepsGone = false,
): Stable<Item, Node> {
  const list = useRef<Node>(null);
  const shown = useRef(new Map<string, Item>());
  const touchedMs = useRef(Number.NEGATIVE_INFINITY);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [, settle] = useState(0);
  useEffect(() => {
    const node = list.current;
    const again = () => settle((n) => n + 1);
    const touch = () => {
      touchedMs.current = performance.now();
      clearTimeout(rest.current);
      rest.current = setTimeout(again, HELD_MS);
    };
    node?.addEventListener("pointermove", touch);
    node?.addEventListener("pointerdown", touch);
    node?.addEventListener("pointerleave", again);
    return () => {
      node?.removeEventListener("pointermove", touch);
      node?.removeEventListener("pointerdown", touch);
      node?.removeEventListener("pointerleave", again);
    };
  });
  useEffect(() => () => clearTimeout(rest.current), []);
  const isPointedAt = performance.now() - touchedMs.current < HELD_MS && list.current?.matches(":hover");
  // The focus that a click leaves on its button is not visible: it says nothing about where somebody is.
  const isHeld = Boolean(isPointedAt || list.current?.querySelector(":focus-visible"));
  const here = new Set(wanted.map(keyOf));
  const gone = isHeld && keepsGone ? [...shown.current].filter(([key]) => !here.has(key)) : [];
  const items = isHeld ? settledOrder([...shown.current.keys()], [...wanted, ...gone.map(([, item]) => item)], keyOf) : wanted;
  shown.current = new Map(items.map((item) => [keyOf(item), item]));
  return { list, items, gone: new Set(gone.map(([key]) => key)) };
}
