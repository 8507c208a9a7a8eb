// What a page knows of a call: events in, plain values out; no document, so that the rules can be read and tested in one place.

import { nameOf } from "../api/people";
import type { CallEvent, Channel, DecisionEvent, Guard, JoinMode, JoinWay, Settled, Span, State } from "../api/types";
import { type MessageKey, t } from "../i18n";
import { told } from "../i18n/told";

/** Worst first: the order of the board. */
export const RANK: Record<State, number> = { threat: 6, care: 5, severe: 4, abusive: 3, heated: 2, quiet: 1 };

const SHORTEST_GAP_S = 0.5; // a lost packet is not worth a line

export interface TalkLine {
  key: string;
  channel: Channel;
  startS: number;
  text: string;
  spans: Span[];
  labels: string[];
  isFinal: boolean;
  isReliable: boolean;
  /** Counts the changes, so that a row is drawn again only when it must be. */
  version: number;
}

export interface Hole {
  key: string;
  startS: number;
  endS: number;
  because: string;
}

export type Known = DecisionEvent & {
  settled: Settled;
  answered: string;
  acknowledgedBy: string;
  claimedBy: string;
  declined: { by: string; because: string }[];
  /** What senior staff decided about a threat; the last one holds. */
  decided: { by: string; measures: string[]; note: string } | null;
};

/** What senior staff are doing about the call, as a sentence to be made in the reader's language. */
export interface Helpers {
  key: MessageKey;
  by: string;
}

export interface Joined {
  by: string;
  name: string;
  mode: JoinMode;
  way: JoinWay;
  isTold: boolean;
}

/** What the register says as a call arrives. */
export interface CallerKnown {
  notes: string[];
  incidents: number;
  restriction: string;
  routeTo: string;
}

interface Start {
  agent?: string;
  startedAt?: string | null;
  state?: State;
  keepsTalk?: boolean;
}

/** What an alert is called through all its tiers. */
export const rootOf = (decision: DecisionEvent) => decision.repeats || decision.decision_id;

/** One call as its events tell it. */
export class Call {
  seq = 0;
  /** Counts the changes. */
  version = 0;
  agent: string;
  /** Key that stands for the number; empty if it was withheld. */
  caller = "";
  known: CallerKnown | null = null;
  startedAt: string | null;
  endedAt: string | null = null;
  state: State;
  guard: Guard = "guarded";
  guardWhy = "";
  behindS: number | null = null;
  helpers: Helpers | null = null;
  last: { who: Channel; text: string; labels: string[] } | null = null;
  readonly lines = new Map<string, TalkLine>();
  readonly holes: Hole[] = [];
  readonly decisions = new Map<string, Known>();
  /** Senior staff in the call, by join; the agent sees those of whom the policy tells. */
  readonly joined = new Map<string, Joined>();
  /** What is known of a threat against the place, by field of the checklist. */
  readonly checklist = new Map<string, { value: string; by: string }[]>();
  readonly keepsTalk: boolean;

  constructor(
    readonly id: string,
    { agent = "", startedAt = null, state = "quiet", keepsTalk = true }: Start = {},
  ) {
    this.agent = agent;
    this.startedAt = startedAt;
    this.state = state;
    this.keepsTalk = keepsTalk;
  }

  /** Events come in order; what was loaded may come through the line once more. */
  take(event: CallEvent): void {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.version += 1;
    takeEvent(this, event);
  }

  get rank(): number {
    return RANK[this.state] ?? 0;
  }

  /** A bomb or the like: the caller must be kept on the line. After a threat to a person, ending the call is the agent's choice. */
  get mustStayOpen(): boolean {
    return [...this.decisions.values()].some((one) => one.category === "threat_general" && one.settled !== "withdrawn");
  }

  get isGuarded(): boolean {
    return this.guard === "guarded" || this.guard === "fallback";
  }

  /** What stands on the screen for this call: how badly it is guarded where that is worse than how it sounds. */
  get shown(): State | Guard {
    return this.isGuarded || this.state !== "quiet" ? this.state : this.guard;
  }

  /** Prompts that wait for an answer, newest first, two at most; what the call has left behind is not shown again. */
  get prompts(): Known[] {
    const open = [...this.decisions.values()].filter((one) => one.audience === "agent" && one.kind === "prompt" && !one.answered);
    const [newest, ...before] = open.reverse();
    if (!newest) return [];
    return [newest, ...before.filter((one) => RANK[one.state] >= RANK[newest.state] && one.settled !== "withdrawn").slice(0, 1)];
  }

  /** Alerts for senior staff. One that went from tier to tier is one: how it stands now. */
  get alerts(): Known[] {
    const newest = new Map<string, Known>();
    for (const one of this.decisions.values())
      if (one.audience === "senior" && one.kind === "alert") newest.set(rootOf(one), one);
    return [...newest.values()];
  }

  /** Log-in of who has the call, for as long as it runs. */
  get claimedBy(): string {
    return this.alerts.findLast((one) => one.claimedBy)?.claimedBy ?? "";
  }

  line(event: { channel: Channel; segment: number; start_s: number }): TalkLine {
    const key = `${event.channel}:${event.segment}`;
    let line = this.lines.get(key);
    if (!line) {
      line = {
        key,
        channel: event.channel,
        startS: event.start_s,
        text: "",
        spans: [],
        labels: [],
        isFinal: false,
        isReliable: true,
        version: 0,
      };
      this.lines.set(key, line);
    }
    line.version += 1;
    return line;
  }
}

function takeEvent(call: Call, event: CallEvent): void {
  switch (event.type) {
    case "call_started":
      call.agent = event.agent;
      call.caller = event.caller ?? "";
      call.startedAt = event.started_at;
      call.endedAt = null;
      break;
    case "caller_known":
      call.caller = event.caller;
      call.known = {
        notes: event.notes,
        incidents: event.incidents,
        restriction: event.restriction,
        routeTo: event.route_to,
      };
      break;
    case "call_described":
      call.caller = event.caller;
      break;
    case "agent_assigned":
      call.agent = event.agent;
      break;
    case "call_ended":
      call.endedAt = event.ended_at;
      call.joined.clear();
      for (const [key, line] of call.lines) if (!line.isFinal) call.lines.delete(key); // never to be settled now
      break;
    case "state":
      call.state = event.state;
      break;
    case "guard":
      call.guard = event.guard;
      call.guardWhy = told(event.because);
      break;
    case "transcript":
      takeTranscript(call, event);
      break;
    case "score":
      takeScore(call, event);
      break;
    case "transcript_lost":
      call.lines.delete(`${event.channel}:${event.segment}`);
      call.holes.push({ key: `lost:${event.seq}`, startS: event.start_s, endS: event.end_s, because: "unwritten" });
      break;
    case "gap":
      if (event.end_s - event.start_s >= SHORTEST_GAP_S)
        call.holes.push({ key: `gap:${event.seq}`, startS: event.start_s, endS: event.end_s, because: event.because });
      break;
    default:
      takePeople(call, event);
  }
}

function takeTranscript(call: Call, event: Extract<CallEvent, { type: "transcript" }>): void {
  if (!call.keepsTalk) {
    if (event.text) call.last = { who: event.channel, text: event.text, labels: [] };
    return;
  }
  const line = call.line(event);
  if (line.isFinal && !event.final) return;
  if (line.text !== event.text) line.spans = [];
  Object.assign(line, { text: event.text, isFinal: event.final, isReliable: event.reliable });
  if (event.final && !event.text) call.lines.delete(line.key);
}

function takeScore(call: Call, event: Extract<CallEvent, { type: "score" }>): void {
  if (event.labels.length) call.last = { who: event.channel, text: event.text, labels: event.labels };
  if (!call.keepsTalk) return;
  const line = call.line(event);
  if (line.isFinal && !event.final) return;
  Object.assign(line, { text: event.text, spans: event.spans, labels: event.labels });
  if (event.times?.speech_end_ns && event.times.scored_ns) {
    call.behindS = Math.max(0, (event.times.scored_ns - event.times.speech_end_ns) / 1e9);
  }
}

function takePeople(call: Call, event: CallEvent): void {
  switch (event.type) {
    case "decision":
      call.decisions.set(event.decision_id, { ...UNANSWERED, ...lived(call, event), ...event });
      if (event.because && !call.keepsTalk) call.last = { who: "caller", text: event.because, labels: [event.category] };
      if (event.audience === "senior") call.helpers ??= { key: "helpers_told", by: "" };
      break;
    case "decision_settled":
      settle(call, event.decision_id, { settled: !event.confirmed ? "withdrawn" : event.unproven ? "unproven" : "confirmed" });
      break;
    case "card_answered":
      settle(call, event.decision_id, { answered: event.answer });
      break;
    case "alert_answered":
      takeAnswer(call, event);
      break;
    case "staff_join":
      if (event.phase === "left" || event.phase === "failed") call.joined.delete(event.join_id);
      else if (event.phase !== "asked")
        call.joined.set(event.join_id, {
          by: event.by,
          name: event.name || event.by,
          mode: event.mode,
          way: event.way,
          isTold: event.told,
        });
      break;
    case "threat_decided":
      settle(call, event.decision_id, { decided: { by: event.by, measures: event.measures, note: event.note } });
      call.helpers = { key: "helpers_decided", by: event.by };
      break;
    case "checklist_filled":
      call.checklist.set(event.field, [...(call.checklist.get(event.field) ?? []), { value: event.value, by: event.by }]);
      break;
    case "help_asked":
      call.helpers = { key: event.panic ? "helpers_panic" : "helpers_help", by: event.by };
      break;
    case "tactic_requested":
      call.helpers = requested(event.tactic, event.by) ?? call.helpers;
      break;
  }
}

type Life = Omit<Known, keyof DecisionEvent>;
const UNANSWERED: Life = { settled: "", answered: "", acknowledgedBy: "", claimedBy: "", declined: [], decided: null };

/** What people did with an alert before it went to the next tier stays with it. */
function lived(call: Call, event: DecisionEvent): Partial<Life> {
  const before = event.repeats ? call.alerts.find((one) => rootOf(one) === event.repeats) : undefined;
  return before ? { declined: before.declined, claimedBy: before.claimedBy, settled: before.settled } : {};
}

/** Note what became of a decision, in all its tiers. */
function settle(call: Call, decisionId: string, change: Partial<Known>): void {
  const decision = call.decisions.get(decisionId);
  if (!decision) return;
  for (const [id, one] of call.decisions) if (rootOf(one) === rootOf(decision)) call.decisions.set(id, { ...one, ...change });
}

/** Whoever takes one alert has the call: all that is open on it, or was `from` somebody's, is theirs. */
function claim(call: Call, by: string, decisionId: string, from = ""): void {
  settle(call, decisionId, { claimedBy: by });
  for (const one of call.alerts) if (one.claimedBy === from) settle(call, one.decision_id, { claimedBy: by });
}

/** The agent is told of nobody who does not come. */
function giveUp(call: Call, by: string): void {
  if (call.helpers?.by !== by || !["helpers_claimed", "helpers_seen"].includes(call.helpers.key)) return;
  const other = call.alerts.find((one) => one.claimedBy && one.claimedBy !== by);
  call.helpers = other ? { key: "helpers_claimed", by: other.claimedBy } : { key: "helpers_told", by: "" };
}

function takeAnswer(call: Call, event: Extract<CallEvent, { type: "alert_answered" }>): void {
  const known = call.decisions.get(event.decision_id);
  switch (event.answer) {
    case "claimed":
      claim(call, event.by, event.decision_id);
      call.helpers = { key: "helpers_claimed", by: event.by };
      break;
    case "handed_over":
      claim(call, event.to ?? "", event.decision_id, event.by);
      call.helpers = event.to ? { key: "helpers_claimed", by: event.to } : { key: "helpers_told", by: "" };
      break;
    case "declined":
      if (known)
        settle(call, event.decision_id, {
          acknowledgedBy: known.acknowledgedBy === event.by ? "" : known.acknowledgedBy,
          claimedBy: known.claimedBy === event.by ? "" : known.claimedBy,
          declined: [...known.declined, { by: event.by, because: event.reason ?? "" }],
        });
      giveUp(call, event.by);
      break;
    default:
      settle(call, event.decision_id, { acknowledgedBy: event.by });
      if (!call.helpers || call.helpers.key === "helpers_told") call.helpers = { key: "helpers_seen", by: event.by };
  }
}

function requested(tactic: string, by: string): Helpers | null {
  if (tactic === "interject") return { key: "helpers_joining", by };
  if (tactic === "escalate") return { key: "helpers_transfer", by };
  return tactic === "hang_up" ? { key: "helpers_hang_up", by } : null;
}

export const helpersSentence = (helpers: Helpers | null) => (helpers ? t(helpers.key, { name: nameOf(helpers.by) }) : "");

export interface Piece {
  text: string;
  category: string | null;
}

/** Cut `text` where categories begin and end; offsets count characters as the server does, not UTF-16 units. */
export function pieces(text: string, spans: Span[]): Piece[] {
  const characters = Array.from(text);
  const edges = [...new Set([0, characters.length, ...spans.flatMap((one) => [one.start, one.end])])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((start, place) => {
    const end = edges[place + 1] ?? characters.length;
    const covering = spans.find((one) => one.start <= start && one.end >= end);
    return { text: characters.slice(start, end).join(""), category: covering?.category ?? null };
  });
}
