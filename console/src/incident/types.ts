// A record of an incident as /api/incidents sends it.

import type { IncidentSummary } from "../api/types";

export interface Utterance {
  start_s: number;
  end_s: number;
  speaker: string;
  text: string;
  is_reliable: boolean;
  labels: string[];
}

/** A sentence by its key. */
export interface Said {
  key: string;
  values: Record<string, string>;
}

export interface CallAct {
  at_s: number;
  by: string;
  /** In English, as the files have it. */
  what: string;
  said: Said | null;
}

export interface AlertLife {
  decision_id: string;
  at_s: number;
  category: string;
  words: string;
  told: string;
  tier: number;
  settled: "" | "confirmed" | "unproven" | "withdrawn" | "provisional";
  seen: CallAct[];
  answers: CallAct[];
}

export interface ChecklistAnswer {
  field: string;
  question: string;
  answer: string;
  at_s: number | null;
  by: string;
}

export interface Statement {
  place: string;
  account: string;
  corrections: string;
  follow_up: string;
  decision: string;
  decided_by: string;
  checklist: ChecklistAnswer[];
}

export interface Facts {
  call_id: string;
  line: string;
  began_at: string;
  ended_at: string | null;
  agent: string;
  people: { role: "caller" | "agent" | "senior"; name: string }[];
  words: Utterance[];
  excerpt: Utterance[];
  acts: CallAct[];
  alerts: AlertLife[];
  gaps: string[];
  gaps_said: Said[];
  how_it_ended: string;
  ending_said: Said | null;
  policy: string;
  checklist: ChecklistAnswer[];
  about_care: boolean;
}

export interface Entry {
  version: number;
  status: IncidentSummary["status"];
  act: string;
  by: string;
  at: string;
  reason: string;
  hash: string;
}

export type Deed = "comment" | "complete" | "sign" | "amend" | "offer_support" | "hold" | "export";

export interface Summary extends IncidentSummary {
  version: number;
  severity: number;
  about_care: boolean;
  changed_at: string;
  is_on_hold: boolean;
}

export interface Incident {
  summary: Summary;
  content: { facts: Facts; statement: Statement; comments: { by: string; at: string; text: string }[] };
  history: Entry[];
  may: Deed[];
}

export interface ChainCheck {
  is_intact: boolean;
  versions: number;
  problem: string;
}
