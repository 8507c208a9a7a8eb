// Where in the QA area the reader is: all of it stands in the address, so that a call at a moment can be linked, and «back» works.

import { useSyncExternalStore } from "react";

/** Where most calls are opened from, for the log of access. */
export const FROM_SEARCH = "search";

const MOVED = "qa:moved";

function subscribe(listener: () => void) {
  addEventListener("popstate", listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(MOVED, listener);
  };
}

/** The query of the address, drawn anew when it changes. */
export function usePlace(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(subscribe, () => location.search));
}

export type Change = Record<string, string | null>;

/** An address with some parts of the query changed; null takes one away. */
export function hrefWith(change: Change, from: URLSearchParams = new URLSearchParams()): string {
  const query = new URLSearchParams(from);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `/qa?${text}` : "/qa";
}

/** Go somewhere else in the area; `isStep` is one that «back» returns from. */
export function go(href: string, isStep = true): void {
  if (isStep) history.pushState({ inQa: true }, "", href);
  else history.replaceState(history.state, "", href);
  dispatchEvent(new Event(MOVED));
}

/** For links of the area: a plain click stays in the page, everything else is the browser's. */
export function follow(event: React.MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(event.currentTarget.getAttribute("href") ?? "/qa");
}
