// What changes by the second, without drawing anything else anew.

import { useSyncExternalStore } from "react";
import { ago, clockTime, span } from "../i18n";

const listeners = new Set<() => void>();
let seconds = 0;
setInterval(() => {
  if (document.hidden) return;
  seconds += 1;
  for (const listener of listeners) listener();
}, 1000);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Draw this component anew each second. */
export const useSeconds = () => useSyncExternalStore(subscribe, () => seconds);

interface Elapsed {
  from: string;
  now: () => number;
}

/** How long something has been going on. */
export function Running({ from, now, until }: Elapsed & { until?: string | null }) {
  useSeconds();
  return <time className="number">{span(((until ? Date.parse(until) : now()) - Date.parse(from)) / 1000)}</time>;
}

/** How long ago something was. */
export function Ago({ from, now }: Elapsed) {
  useSeconds();
  return (
    <time className="age number" dateTime={from} title={clockTime(from)}>
      {ago((now() - Date.parse(from)) / 1000)}
    </time>
  );
}

interface Counted {
  /** In ms, by the server's clock. */
  at: number;
  now: () => number;
  before: (seconds: number) => string;
  after: string;
}

/** How long until something happens: a sentence that changes by the second and does nothing else. */
export function Until({ at, now, before, after }: Counted) {
  useSeconds();
  const left = Math.ceil((at - now()) / 1000);
  return <span className="until number">{left > 0 ? before(left) : after}</span>;
}
