import { expect, test } from "vitest";
import type { CallEvent, DecisionEvent } from "../api/types";
import { Call, pieces } from "./call";
import { settledOrder } from "./order";

let seq = 0;
const base = () => ({ seq: ++seq, at: "2026-11-20T14:03:00Z", call_id: "c1" });

function prompt(n: number, more: Partial<DecisionEvent> = {}): DecisionEvent {
  return {
    ...base(),
    type: "decision",
    decision_id: `c1:${n}`,
    at_s: 1,
    audience: "agent",
    kind: "prompt",
    state: "abusive",
    severity: 2,
    category: "insult",
    tactics: ["warn"],
    text: "Say this.",
    because: "stupid cow",
    segment: 0,
    tier: 1,
    urgent: false,
    provisional: false,
    reliable: true,
    policy: "standard 1",
    ...more,
  };
}

const spoken = (text: string, final: boolean, segment = 0): CallEvent => ({
  ...base(),
  type: "transcript",
  channel: "caller",
  segment,
  start_s: segment,
  end_s: segment + 1,
  text,
  final,
  reliable: true,
  unreliable_because: "",
});

function heard(...events: CallEvent[]): Call {
  const call = new Call("c1");
  for (const event of events) call.take(event);
  return call;
}

test("a partial settles in the same line and a late partial changes nothing", () => {
  const call = heard(spoken("you stu", false), spoken("you stupid cow", true), spoken("you stup", false));
  expect([...call.lines.values()].map((one) => [one.text, one.isFinal])).toEqual([["you stupid cow", true]]);
});

test("an event that comes twice counts once", () => {
  const event = spoken("hello", true);
  const call = heard(event, event);
  expect(call.version).toBe(1);
});

test("at most two prompts wait, newest first, and answered ones are gone", () => {
  const call = heard(prompt(1), prompt(2), prompt(3));
  expect(call.prompts.map((one) => one.decision_id)).toEqual(["c1:3", "c1:2"]);
  call.take({ ...base(), type: "card_answered", by: "sam", tactic: "warn", answer: "used", decision_id: "c1:3" });
  expect(call.prompts.map((one) => one.decision_id)).toEqual(["c1:2", "c1:1"]);
});

test("a milder prompt replaces nothing worse, and a worse one pushes milder ones away", () => {
  expect(heard(prompt(1), prompt(2, { state: "threat" })).prompts.map((one) => one.decision_id)).toEqual(["c1:2"]);
});

test("only a threat to the place asks to keep the line open", () => {
  expect(heard(prompt(1, { category: "threat_personal" })).mustStayOpen).toBe(false);
  expect(heard(prompt(1, { category: "threat_general" })).mustStayOpen).toBe(true);
});

test("an alert that was handed over is in other hands, and one that was declined is open again", () => {
  const alert = prompt(1, { audience: "senior", kind: "alert" });
  const answered = (answer: string, by: string, to = "") =>
    ({ ...base(), type: "alert_answered", by, decision_id: "c1:1", answer, to, reason: "in a meeting" }) as CallEvent;
  const call = heard(alert, answered("claimed", "ana"), answered("handed_over", "ana", "omar"));
  expect(call.alerts[0]?.claimedBy).toBe("omar");
  call.take(answered("declined", "omar"));
  expect(call.alerts[0]).toMatchObject({ claimedBy: "", declined: [{ by: "omar", because: "in a meeting" }] });
});

test("nobody is said to be with the agent, or to have seen it, who cannot take it", () => {
  const claimed = heard(alertOf(1), answered(1, "claimed"));
  expect(claimed.helpers).toEqual({ key: "helpers_claimed", by: "ana" });
  claimed.take(answered(1, "declined", "omar"));
  expect(claimed.helpers).toEqual({ key: "helpers_claimed", by: "ana" });
  claimed.take(answered(1, "declined"));
  expect(claimed.helpers).toEqual({ key: "helpers_told", by: "" });

  const seen = heard(alertOf(1), answered(1, "acknowledged"), answered(1, "declined"));
  expect(seen.helpers).toEqual({ key: "helpers_told", by: "" });
  expect(seen.alerts[0]).toMatchObject({ acknowledgedBy: "", declined: [{ by: "ana", because: "" }] });
});

test("whoever joined is in the call until they leave", () => {
  const joined = (phase: string, mode: string) =>
    ({
      ...base(),
      type: "staff_join",
      join_id: "j1",
      by: "ana",
      name: "Ana Ruiz",
      phase,
      mode,
      way: "phone",
      because: "",
      told: true,
    }) as CallEvent;
  const call = heard(joined("asked", "listen"));
  expect(call.joined.size).toBe(0);
  call.take(joined("joined", "listen"));
  call.take(joined("changed", "whisper"));
  expect([...call.joined.values()]).toEqual([{ by: "ana", name: "Ana Ruiz", mode: "whisper", way: "phone", isTold: true }]);
  call.take(joined("left", "whisper"));
  expect(call.joined.size).toBe(0);
});

test("words are cut where the server counts characters, not UTF-16 units", () => {
  expect(pieces("💩 you cow", [{ start: 6, end: 9, category: "insult" }])).toEqual([
    { text: "💩 you ", category: null },
    { text: "cow", category: "insult" },
  ]);
});

test("a list under the pointer keeps its order; newcomers go to the end", () => {
  expect(settledOrder(["a", "b", "gone"], ["b", "new", "a"], (key) => key)).toEqual(["a", "b", "new"]);
});

const alertOf = (n: number, more: Partial<DecisionEvent> = {}) => prompt(n, { audience: "senior", kind: "alert", ...more });
const answered = (n: number, answer: string, by = "ana", to = ""): CallEvent => ({
  ...base(),
  type: "alert_answered",
  by,
  decision_id: `c1:${n}`,
  answer,
  to,
  reason: "",
});

test("an alert that went to the next tier is one, and what people said of it stays", () => {
  const call = heard(alertOf(1), answered(1, "declined"), alertOf(2, { tier: 2, repeats: "c1:1" }));
  expect(call.alerts.map((one) => [one.decision_id, one.tier, one.declined.length])).toEqual([["c1:2", 2, 1]]);
});

test("whoever claims one alert has the call, until it is handed over", () => {
  const call = heard(alertOf(1), alertOf(2), answered(1, "claimed"));
  expect(call.alerts.map((one) => one.claimedBy)).toEqual(["ana", "ana"]);
  call.take(answered(2, "handed_over", "ana", "ben"));
  expect([call.claimedBy, ...call.alerts.map((one) => one.claimedBy)]).toEqual(["ben", "ben", "ben"]);
});

test("who calls may be said while the call runs", () => {
  const call = heard({ ...base(), type: "call_started", agent: "sam", started_at: "2026-11-20T14:03:00Z", line: "" });
  expect(call.caller).toBe("");
  call.take({ ...base(), type: "call_described", by: "pbx", caller: "ck_a", line: "Repairs", language: "de" });
  expect(call.caller).toBe("ck_a");
});
