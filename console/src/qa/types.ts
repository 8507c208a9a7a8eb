// What the API says of stored calls (callguard/archive.py).

import type { Channel, Span, State } from "../api/types";

export interface FoundCall {
  call_id: string;
  agent: string;
  agent_name: string;
  team: string;
  line: string;
  started_at: string;
  ended_at: string | null;
  state: State;
  peak_severity: number;
  alerts: number;
  categories: string[];
  tactics: string[];
  help_s: number | null;
  said: { channel: Channel; segment: number; start_s: number; text: string } | null;
}

export interface FoundCalls {
  total: number;
  calls: FoundCall[];
}

export interface StoryLine {
  channel: Channel;
  segment: number;
  start_s: number;
  end_s: number;
  heard: string;
  text: string;
  corrected_by: string;
  corrected_at: string | null;
  is_reliable: boolean;
  unreliable_because: string;
  labels: string[];
  severity: number;
  spans: Span[];
  scores: Record<string, number>;
}

export interface Act {
  what: string;
  by: string;
  at: string;
  detail: string;
}

export interface StoryAlert {
  decision_id: string;
  at: string;
  at_s: number;
  heard_s: number;
  category: string;
  severity: number;
  state: State;
  because: string;
  text: string;
  segment: number;
  policy: string;
  is_urgent: boolean;
  is_reliable: boolean;
  settled: "" | "provisional" | "confirmed" | "unproven" | "withdrawn";
  raised_again: string[];
  seen_s: number | null;
  help_s: number | null;
  acts: Act[];
}

export type MarkKind = "join" | "gap" | "lost" | "card" | "help" | "panic" | "request" | "warning" | "state" | "guard";

export interface StoryMark {
  kind: MarkKind;
  start_s: number;
  end_s: number;
  by: string;
  what: string;
}

export interface CallComment {
  call_id: string;
  by: string;
  at: string;
  text: string;
  at_s: number | null;
}

export interface Recording {
  state: "kept" | "running" | "not_kept" | "gone";
  duration_s: number;
  channels: Channel[];
  peaks_per_s: number;
}

export interface Story {
  call_id: string;
  agent: string;
  agent_name: string;
  team: string;
  line: string;
  tap: string;
  language: string;
  started_at: string;
  ended_at: string | null;
  duration_s: number;
  end_reason: string;
  state: State;
  worst_state: State;
  peak_severity: number;
  policies: string[];
  thresholds: Record<string, number>;
  recording: Recording;
  lines: StoryLine[];
  alerts: StoryAlert[];
  marks: StoryMark[];
  comments: CallComment[];
}

export interface Correction {
  call_id: string;
  channel: Channel;
  segment: number;
  by: string;
  at: string;
  heard: string;
  text: string;
}

export interface Access {
  at: string;
  who: string;
  what: "replay.read" | "recording.hear" | "words.correct" | "calls.export" | "calls.search";
  call_id: string;
  detail: string;
}

/** How bad a call or an utterance was, as the shape that everybody knows. */
export const STATE_OF_SEVERITY: State[] = ["quiet", "heated", "abusive", "severe", "threat"];

export function worstOf(call: { peak_severity: number; categories: string[] }): State {
  if (call.categories.includes("self_harm") && call.peak_severity < 4) return "care";
  return STATE_OF_SEVERITY[call.peak_severity] ?? "quiet";
}

export const CATEGORIES = [
  "threat_personal",
  "threat_general",
  "intimidation",
  "sexual",
  "hate",
  "insult",
  "profanity",
  "rudeness",
  "unreasonable_demand",
  "self_harm",
];

export const TACTICS = [
  "calm",
  "progress",
  "question",
  "warn",
  "confront",
  "exit",
  "escalate",
  "hang_up",
  "interject",
  "hang_up_follow_up",
];
