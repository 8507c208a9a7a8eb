import type { ReactNode } from "react";
import { stateWord } from "../i18n";

const ring = <circle cx="12" cy="12" r="9" fill="none" strokeWidth="2.5" />;
const DRAWN: Record<string, ReactNode> = {
  quiet: ring,
  heated: (
    <>
      {ring}
      <path d="M12 3a9 9 0 0 1 9 9h-9z" fill="currentColor" stroke="none" />
    </>
  ),
  abusive: (
    <>
      {ring}
      <path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor" stroke="none" />
    </>
  ),
  severe: <circle cx="12" cy="12" r="10" fill="currentColor" stroke="none" />,
  threat: <path d="M12 2.5 22.5 21h-21z" fill="currentColor" stroke="none" />,
  care: (
    <path d="M12 21C5 15.5 2 12 2 8.3A5 5 0 0 1 12 6.5 5 5 0 0 1 22 8.3C22 12 19 15.5 12 21z" fill="currentColor" stroke="none" />
  ),
  not_guarded: (
    <>
      {ring}
      <path d="M5.6 18.4 18.4 5.6" fill="none" strokeWidth="2.5" />
    </>
  ),
  degraded: <circle cx="12" cy="12" r="9" fill="none" strokeWidth="2.5" strokeDasharray="3.5 3.5" />,
};

/** The shape of a state; its word always stands beside it, so that readers skip the drawing. */
export function Shape({ of }: { of: string }) {
  return (
    <svg viewBox="0 0 24 24" className="shape" aria-hidden="true" stroke="currentColor">
      {DRAWN[of] ?? DRAWN.quiet}
    </svg>
  );
}

/** A state as shape, word and colour. */
export function StateBadge({ of, word, id }: { of: string; word?: string; id?: string }) {
  return (
    <span className="state" data-state={of} id={id}>
      <Shape of={of} />
      <span>{word ?? stateWord(of)}</span>
    </span>
  );
}
