// What the API and the socket send. docs/asyncapi.yaml says the same of the socket, and a test compares both with the server.

export type StaffRole = "agent" | "senior" | "qa" | "admin";
export type State = "quiet" | "heated" | "abusive" | "severe" | "threat" | "care";
export type Guard = "guarded" | "fallback" | "degraded" | "not_guarded";
export type Channel = "caller" | "agent" | "unknown";
export type JoinMode = "listen" | "whisper" | "interject" | "take_over";
export type JoinWay = "browser" | "phone";
export type Settled = "" | "confirmed" | "unproven" | "withdrawn";

export interface User {
  name: string;
  display_name: string;
  role: StaffRole;
  team: string;
}

export interface Health {
  is_ready: boolean;
  engine: string;
  is_fallback: boolean;
  not_recorded_because: string;
  full_because?: string;
  refused_calls?: number;
}

export interface Card {
  tactic: string;
  text: string;
}

export interface CallRecord {
  call_id: string;
  tap: string;
  agent: string;
  line: string;
  started_at: string;
  ended_at: string | null;
  end_reason: string;
  state: State;
  peak_severity: number;
  alerts: number;
}

export interface Span {
  start: number;
  end: number;
  category: string;
}

interface Stored<Type extends string> {
  type: Type;
  seq: number;
  at: string;
  call_id: string;
}

interface Spoken<Type extends string> extends Stored<Type> {
  channel: Channel;
  segment: number;
  start_s: number;
  end_s: number;
}

export interface StepTimes {
  speech_end_ns: number;
  scored_ns: number;
}

export interface DecisionEvent extends Stored<"decision"> {
  decision_id: string;
  at_s: number;
  audience: "agent" | "senior";
  kind: "prompt" | "alert";
  state: State;
  severity: number;
  category: string;
  tactics: string[];
  text: string;
  because: string;
  segment: number;
  tier: number;
  /** Whose alert it is; missing in alerts of earlier versions, which were everybody's. */
  reach?: "team" | "all";
  /** Of the agent; empty where nobody knows. */
  team?: string;
  repeats?: string;
  answer_within_s?: number;
  urgent: boolean;
  provisional: boolean;
  reliable: boolean;
  policy: string;
}

export type CallEvent =
  | (Stored<"call_started"> & { agent: string; started_at: string; line: string; caller?: string })
  | (Stored<"call_ended"> & { ended_at: string; reason: string; detail: string })
  | (Stored<"caller_known"> & { caller: string; notes: string[]; incidents: number; restriction: string; route_to: string })
  | (Stored<"agent_assigned"> & { agent: string; by: string })
  | (Stored<"call_described"> & { by: string; caller: string; line: string; language: string })
  | (Stored<"state"> & { state: State; was: State })
  | (Stored<"guard"> & { guard: Guard; because: string })
  | (Spoken<"transcript"> & { text: string; final: boolean; reliable: boolean; unreliable_because: string })
  | (Spoken<"score"> & { text: string; final: boolean; labels: string[]; spans: Span[]; times?: StepTimes })
  | (Spoken<"transcript_lost"> & { because: string })
  | (Stored<"gap"> & { channel: Channel; start_s: number; end_s: number; because: string })
  | DecisionEvent
  | (Stored<"decision_settled"> & { decision_id: string; confirmed: boolean; unproven?: boolean; because: string })
  | (Stored<"card_answered"> & { by: string; tactic: string; answer: "used" | "helped" | "not_now"; decision_id: string })
  | (Stored<"alert_answered"> & { by: string; decision_id: string; answer: string; to?: string; reason?: string })
  | (Stored<"help_asked"> & { by: string; panic: boolean })
  | (Stored<"tactic_requested"> & { by: string; role: StaffRole; tactic: string })
  | (Stored<"warning_given"> & { by: string })
  | (Stored<"staff_join"> & {
      join_id: string;
      by: string;
      name: string;
      phase: string;
      mode: JoinMode;
      way: JoinWay;
      because: string;
      told: boolean;
    })
  | (Stored<"checklist_filled"> & { field: string; value: string; by: string; start_s: number })
  | (Stored<"threat_decided"> & { by: string; decision_id: string; measures: string[]; note: string })
  | (Stored<"risk"> & { risk: number })
  | Stored<"key_pressed">
  | Stored<"shown">;

export interface Question {
  field: string;
  /** Empty where only a person can judge it. */
  ask: string;
  entries: { value: string; by: string; start_s: number; at: string }[];
}

export interface Checklist {
  is_open: boolean;
  next: string | null;
  fields: Question[];
}

export interface Evidence {
  confidence: number | null;
  reliable: boolean;
  text: string;
  spans: Span[];
  said: { channel: Channel; text: string; start_s: number; reliable: boolean }[];
}

export interface IncidentSummary {
  incident_id: string;
  call_id: string;
  agent: string;
  /** Key that stands for the number; empty if it was withheld. */
  caller: string;
  status: "draft" | "completed" | "signed" | "amended";
  categories: string[];
  happened_at: string;
}

export interface IncidentView {
  summary: IncidentSummary;
  content: {
    facts: { words: { text: string; start_s: number }[]; acts: { what: string; at_s: number }[]; how_it_ended: string };
    comments: { by: string; at: string; text: string }[];
  };
  may: string[];
}

export interface SupportOffer {
  support_id: string;
  kind: string;
  note: string;
  offered_by: string;
  answer: "" | "accepted" | "declined" | "later";
}

export interface WrapUp {
  call_id: string;
  began_at: string;
  offered_s: number;
}

export interface FollowUp {
  follow_up_id: string;
  agent: string;
  caller: string;
  status: "open" | "late" | "done";
  wording: string;
  due_at: string;
  taken_by: string;
}

export interface Restriction {
  restriction_id: string;
  caller: string;
  kind: string;
  reason: string;
  days: number;
  incidents: string[];
  proposed_by: string;
  proposed_at: string;
  ends_at: string | null;
}

export interface CallerView {
  caller: string;
  number: string;
  incidents: IncidentSummary[];
  because: string;
}

export interface ReviewQueue {
  to_complete: IncidentSummary[];
  to_sign: IncidentSummary[];
  restrictions_to_decide: Restriction[];
  restrictions_to_review: Restriction[];
  repeat_offenders: CallerView[];
  follow_ups: FollowUp[];
}

export interface Live {
  seq: number;
  calls: CallRecord[];
  events: CallEvent[];
}

/** What comes through the socket beside events. */
export type LineMessage =
  | { type: "hello"; seq: number; user: string; display_name: string; role: StaffRole; server_time: string; health: Health }
  | { type: "beat"; server_time: string; health: Health }
  | { type: "staff"; edited: boolean }
  | { type: "missed"; from_seq: number; to_seq: number }
  | { type: "error"; code: string; message: string };
