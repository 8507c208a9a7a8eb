// Other thresholds tried on one call: what was moved, and what callguard says would be different.

import { useEffect, useState } from "react";
import { hrefWith } from "./place";
import { type Asked, type Moved, useWhatIf } from "./WhatIf";

const PAUSE_MS = 300;

export interface Trial extends Asked {
  policy: string;
  moved: Moved;
  /** Where a category's threshold would be, today's where nothing says otherwise. */
  at: (name: string) => number;
  move: (name: string, threshold: number) => void;
  choose: (policy: string) => void;
  reset: () => void;
}

/** `today` are the thresholds that hold for new calls; the call is gone through a moment after the last change. */
export function useTrial(callId: string, today: Record<string, number>, isOpen: boolean): Trial {
  const [policy, setPolicy] = useState("");
  const [moved, setMoved] = useState<Moved>({});
  const whatIf = useWhatIf();
  const limits = (policy && whatIf.found?.after === policy && whatIf.found.thresholds) || today;
  useEffect(() => {
    if (!isOpen) return;
    const soon = setTimeout(() => whatIf.ask({ policy, thresholds: moved, call_id: callId }), PAUSE_MS);
    return () => clearTimeout(soon);
  }, [isOpen, policy, moved]);
  const at = (name: string) => moved[name] ?? limits[name] ?? 1;
  return {
    ...whatIf,
    policy,
    moved,
    at,
    move: (name, threshold) =>
      setMoved(({ [name]: _, ...rest }) => (threshold === today[name] && !policy ? rest : { ...rest, [name]: threshold })),
    choose: (label) => {
      setPolicy(label);
      setMoved({});
    },
    reset: () => {
      setPolicy("");
      setMoved({});
    },
  };
}

/** The tuning tab with the same thresholds moved, where they are tried on all reviewed calls and proposed. */
export function tuningHref(policy: string, moved: Moved): string {
  const query = new URLSearchParams({ tab: "tuning" });
  if (policy) query.set("policy", policy);
  for (const [name, threshold] of Object.entries(moved)) query.append("move", `${name}:${threshold}`);
  return hrefWith({}, query);
}

/** What `tuningHref` wrote. */
export function movedIn(place: URLSearchParams): Moved {
  const parts = place.getAll("move").map((one) => one.split(":"));
  return Object.fromEntries(
    parts.flatMap(([name, to]) => (name && Number(to) > 0 && Number(to) < 1 ? [[name, Number(to)]] : [])),
  );
}
