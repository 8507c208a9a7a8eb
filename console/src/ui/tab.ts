import { useEffect } from "react";

interface Badged {
  setAppBadge?: (n: number) => Promise<void>;
}

/** What the page's tab says while the reader looks elsewhere: its title, its sign and, where it is installed, its badge. */
export function useTab(title: string, isRisen: boolean, count = 0): void {
  useEffect(() => {
    document.title = title;
    document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", `/icon${isRisen ? "-risen" : ""}.svg`);
    (navigator as Badged).setAppBadge?.(count).catch(() => undefined); // not installed, or not allowed: the title says it
  }, [title, isRisen, count]);
}
