// Where in an area the reader is: all of it stands in the address, so that it can be linked, and «back» works.

import { useSyncExternalStore } from "react";

const MOVED = "callguard:moved";

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

/** Go somewhere else in the area; `isStep` is one that «back» returns from. */
export function go(href: string, isStep = true): void {
  if (isStep) history.pushState({ isStep }, "", href);
  else history.replaceState(history.state, "", href);
  dispatchEvent(new Event(MOVED));
}

/** For links of the area: a plain click stays in the page, everything else is the browser's. */
export function follow(event: React.MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(event.currentTarget.href);
}
