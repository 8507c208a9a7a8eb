import { type RefObject, useEffect, useRef, useState } from "react";
import { settledOrder } from "../model/order";

/** Keep a list's order while somebody points at it or stands in it: nothing moves away under a click. */
export function useStable<Item, Node extends HTMLElement>(
  wanted: Item[],
  keyOf: (item: Item) => string,
): { list: RefObject<Node | null>; items: Item[] } {
  const list = useRef<Node>(null);
  const shown = useRef<string[]>([]);
  const [, settle] = useState(0);
  useEffect(() => {
    const node = list.current;
    const again = () => settle((n) => n + 1);
    node?.addEventListener("pointerleave", again);
    return () => node?.removeEventListener("pointerleave", again);
  });
  const isHeld = Boolean(list.current && (list.current.matches(":hover") || list.current.contains(document.activeElement)));
  const items = isHeld ? settledOrder(shown.current, wanted, keyOf) : wanted;
  shown.current = items.map(keyOf);
  return { list, items };
}
