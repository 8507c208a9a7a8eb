// What the API tells admins; callguard/operations.py and the routes say what each means.

import type { StaffRole } from "../api/types";

export interface Person {
  name: string;
  display_name: string;
  role: StaffRole;
  team: string;
  is_disabled: boolean;
  one_time_until: string | null;
}

export interface NewPerson extends Person {
  one_time_password: string;
}

export interface Token {
  name: string;
  scope: string;
}

export interface CoveredTeam {
  team: string;
  agents: number;
  tiers: { tier: number; name: string; people: { name: string; display_name: string; team: string; is_here: boolean }[] }[];
}

export interface Recipe {
  name: string;
  language: string;
  text: string;
}

export interface Tap {
  name: string;
  is_enabled: boolean;
  address: string;
  calls: number;
  not_guarded: number;
  started: number;
  refused: number;
  lost_audio_s: number;
  last_audio_at: string | null;
  trouble: string;
  trouble_at: string | null;
  warnings: string[];
  recipes: Recipe[];
}

export interface Engine {
  name: string;
  detail: string;
  is_running: boolean;
  is_fallback: boolean;
  queue: number;
  queue_room: number;
  workers: number;
  busy: number;
  batch_limit: number;
  mean_batch: number | null;
  real_time_factor: number | null;
  decoded: number | null;
  dropped: number | null;
}

export interface EngineRoom {
  minutes: number;
  engines: Engine[];
  ladder: { step: string; is_there: boolean; is_now: boolean; is_chosen: boolean }[];
  late_s: number;
  calls: number;
  most_calls: number;
  full_because: string;
  expected_share: number | null;
  refused: number;
  running: {
    call_id: string;
    tap: string;
    line: string;
    started_at: string;
    guard: string;
    because: string;
    late_s: number;
  }[];
}

export interface StepShare {
  step: string;
  limit_ms: number;
  count: number;
  p50_ms: number | null;
  p95_ms: number | null;
  over_ms: number | null;
}

export interface Budget {
  minutes: number;
  steps: StepShare[];
}

export interface Model {
  name: string;
  repository: string;
  languages: string;
  licence: string;
  note: string;
  megabytes: number;
  margin_s: number;
  minimum_s: number;
  is_on_disk: boolean;
  bytes_on_disk: number;
  is_running: boolean;
  is_chosen: boolean;
  checked: string;
  faults: string[];
  pull: { state: string; told: string; bytes_here: number } | null;
}

export interface ModelShelf {
  engine: string;
  detail: string;
  is_fallback: boolean;
  may_pull: boolean;
  models: Model[];
}

export interface PolicyVersion {
  label: string;
  summary: string;
  origin: string;
  is_running: boolean;
  note: string;
  added_at: string | null;
  added_by: string;
  used_at: string | null;
  used_by: string;
}

export interface PolicyReport {
  label: string;
  summary: string;
  against: string;
  problems: string[];
  changes: { place: string; was: string; now: string }[];
}

export interface Retention {
  policy: string;
  ordinary_days: number;
  reviewed_days: number;
  incident_days: number;
  caller_days: number;
  keeps_audio: boolean;
  last_run_at: string | null;
  last_run: string;
}

export interface Sending {
  sending_id: string;
  kind: string;
  channel: string;
  route: string;
  call_id: string;
  created_at: string;
  due_at: string;
  attempts: number;
  state: string;
  last_error: string;
  ended_at: string | null;
}

export interface AuditEntry {
  number: number;
  at: string;
  who: string;
  what: string;
  subject: string;
  detail: string;
}
