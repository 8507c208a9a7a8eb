// Which tab is open: it stands in the address, so that it can be linked and «back» works.

import { useSyncExternalStore } from "react";

const MOVED = "admin:moved";

function subscribe(listener: () => void) {
  addEventListener("popstate", listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(MOVED, listener);
  };
}

export const useTab = () => new URLSearchParams(useSyncExternalStore(subscribe, () => location.search)).get("tab");

/** For links of the area: a plain click stays in the page, everything else is the browser's. */
export function follow(event: React.MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", event.currentTarget.getAttribute("href"));
  dispatchEvent(new Event(MOVED));
}
