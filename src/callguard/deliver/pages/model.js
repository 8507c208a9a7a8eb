// What a page knows of calls: events in, plain values out; no document, so that the rules can be read in one place.

import { RANK } from "./words.js";

/** One call as its events tell it. */
export class Call {
  constructor(callId, { agent = "", startedAt = null, state = "quiet", keepsTalk = true } = {}) {
    this.id = callId;
    this.seq = 0;
    this.keepsTalk = keepsTalk;
    this.agent = agent;
    this.startedAt = startedAt;
    this.endedAt = null;
    this.state = state;
    this.guard = "guarded";
    this.guardWhy = "";
    this.behindS = null;
    this.lines = new Map();
    this.holes = [];
    this.decisions = new Map();
    this.helpers = "";
    this.last = null;
  }

  /** Events come in order; what was loaded may come through the line once more. */
  take(event) {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    TAKE[event.type]?.(this, event);
  }

  get rank() {
    return RANK[this.state] ?? 0;
  }

  /** A bomb or the like: the caller must be kept on the line. After a threat to a person, ending the call is the agent's choice. */
  get mustStayOpen() {
    return [...this.decisions.values()].some((one) => one.category === "threat_general" && one.settled !== "withdrawn");
  }

  get isGuarded() {
    return this.guard === "guarded" || this.guard === "fallback";
  }

  /** Prompts that wait for an answer, newest first, two at most; what the call has left behind is not shown again. */
  get prompts() {
    const open = [...this.decisions.values()].filter((one) => one.audience === "agent" && one.kind === "prompt" && !one.answered);
    const [newest, ...before] = open.reverse();
    if (!newest) return [];
    return [newest, ...before.filter((one) => RANK[one.state] >= RANK[newest.state] && one.settled !== "withdrawn").slice(0, 1)];
  }

  line(event) {
    const key = `${event.channel}:${event.segment}`;
    if (!this.lines.has(key)) this.lines.set(key, { key, channel: event.channel, startS: event.start_s, text: "", spans: [], labels: [] });
    return this.lines.get(key);
  }
}

const TAKE = {
  call_started(call, event) {
    call.agent = event.agent;
    call.startedAt = event.started_at;
    call.endedAt = null;
  },
  agent_assigned(call, event) {
    call.agent = event.agent;
  },
  call_ended(call, event) {
    call.endedAt = event.ended_at;
    call.endReason = event.reason;
    for (const [key, line] of call.lines) if (!line.isFinal) call.lines.delete(key); // never to be settled now
  },
  state(call, event) {
    call.state = event.state;
  },
  guard(call, event) {
    call.guard = event.guard;
    call.guardWhy = event.because;
  },
  transcript(call, event) {
    if (!call.keepsTalk) {
      if (event.text) call.last = { who: event.channel, text: event.text, labels: [] };
      return;
    }
    const line = call.line(event);
    if (line.isFinal && !event.final) return;
    if (line.text !== event.text) line.spans = [];
    Object.assign(line, { text: event.text, isFinal: event.final, isReliable: event.reliable, why: event.unreliable_because });
    if (event.final && !event.text) call.lines.delete(line.key);
  },
  score(call, event) {
    if (event.labels.length) call.last = { who: event.channel, text: event.text, labels: event.labels };
    if (!call.keepsTalk) return;
    const line = call.line(event);
    if (line.isFinal && !event.final) return;
    Object.assign(line, { text: event.text, spans: event.spans, labels: event.labels });
    if (event.times?.speech_end_ns && event.times?.scored_ns) {
      call.behindS = Math.max(0, (event.times.scored_ns - event.times.speech_end_ns) / 1e9);
    }
  },
  transcript_lost(call, event) {
    call.lines.delete(`${event.channel}:${event.segment}`);
    call.holes.push({ key: `lost:${event.seq}`, startS: event.start_s, endS: event.end_s, because: "unwritten" });
  },
  gap(call, event) {
    if (event.end_s - event.start_s < 0.5) return; // a lost packet is not worth a line
    call.holes.push({ key: `gap:${event.seq}`, startS: event.start_s, endS: event.end_s, because: event.because });
  },
  decision(call, event) {
    call.decisions.set(event.decision_id, { ...event, settled: "", answered: "", acknowledgedBy: "", claimedBy: "" });
    if (event.because && !call.keepsTalk) call.last = { who: "caller", text: event.because, labels: [event.category] };
    if (event.audience === "senior" && !call.helpers) call.helpers = "Senior staff have been told.";
  },
  decision_settled(call, event) {
    const decision = call.decisions.get(event.decision_id);
    if (decision) decision.settled = event.confirmed ? "confirmed" : "withdrawn";
  },
  card_answered(call, event) {
    const decision = call.decisions.get(event.decision_id);
    if (decision) decision.answered = event.answer;
  },
  alert_answered(call, event) {
    const decision = call.decisions.get(event.decision_id);
    if (decision) decision[event.answer === "claimed" ? "claimedBy" : "acknowledgedBy"] = event.by;
    call.helpers = event.answer === "claimed" ? `${event.by} is with you.` : call.helpers || `${event.by} has seen it.`;
  },
  help_asked(call, event) {
    call.helpers = event.panic ? "Panic sent. Senior staff have been told." : "Help asked. Senior staff have been told.";
  },
  tactic_requested(call, event) {
    if (event.tactic === "interject") call.helpers = `${event.by} wants to join the call.`;
    if (event.tactic === "escalate") call.helpers = "Transfer asked.";
    if (event.tactic === "hang_up") call.helpers = "End of the call asked.";
  },
};

/** Cut `text` where categories begin and end; offsets count characters as the server does, not UTF-16 units. */
export function pieces(text, spans) {
  const characters = Array.from(text);
  const edges = [...new Set([0, characters.length, ...spans.flatMap((one) => [one.start, one.end])])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((start, place) => {
    const end = edges[place + 1];
    const covering = spans.filter((one) => one.start <= start && one.end >= end);
    return { text: characters.slice(start, end).join(""), category: covering[0]?.category ?? null };
  });
}
