// The caller register as /api/callers and /api/restrictions send it.

import type { Restriction } from "../api/types";
import type { Summary } from "../incident/types";

export type Limit = "call_frequency" | "call_length" | "repetition" | "complaint_misuse";

export interface Contact {
  calls_today: number;
  calls_this_month: number;
  minutes_today: number;
  longest_call_minutes: number;
  repetitions: number;
  misused_complaints: number;
  over: Limit[];
}

export interface Note {
  note_id: string;
  by: string;
  at: string;
  text: string;
  for_visits: boolean;
  ended_by: string;
  ended_at: string | null;
}

export const STATUSES = ["proposed", "in_force", "refused", "lifted", "expired"] as const;

export interface Limited extends Restriction {
  status: (typeof STATUSES)[number];
  decided_by: string;
  route_to: string;
  refuse_calls: boolean;
}

export interface Caller {
  caller: string;
  number: string;
  first_seen: string | null;
  last_seen: string | null;
  contact: Contact;
  incidents: Summary[];
  notes: Note[];
  restrictions: Limited[];
  is_repeat_offender: boolean;
  because: string;
}
