import { expect, test } from "vitest";
import type { Colleague } from "../api/people";
import type { StaffRole, User } from "../api/types";
import type { Known } from "../model/call";
import { isForReader, isOfOtherTeam, mayReplay, presentIn } from "./reach";

const reader = (team: string): User => ({ name: "cem", display_name: "Cem", role: "senior", team });
const colleague = (name: string, team: string, isThere: boolean | null, role: StaffRole = "senior"): Colleague => ({
  name,
  display_name: name,
  role,
  team,
  is_on_duty: isThere,
});

function alert(more: Partial<Known> = {}): Known {
  return {
    type: "decision",
    seq: 1,
    at: "2026-11-20T14:03:00Z",
    call_id: "c1",
    decision_id: "c1:1",
    at_s: 1,
    audience: "senior",
    kind: "alert",
    state: "severe",
    severity: 3,
    category: "hate",
    tactics: [],
    text: "",
    because: "words",
    segment: 0,
    tier: 1,
    reach: "team",
    team: "blue",
    answer_within_s: 20,
    urgent: false,
    provisional: false,
    reliable: true,
    policy: "standard 1",
    settled: "",
    answered: "",
    acknowledgedBy: "",
    claimedBy: "",
    declined: [],
    decided: null,
    ...more,
  };
}

const BLUE_IS_THERE = new Set(["blue", "red"]);
const ONLY_RED = new Set(["red"]);

test("a team's alert is for its own senior staff, and waits quietly for those of another team", () => {
  expect(isForReader(alert(), reader("blue"), BLUE_IS_THERE)).toBe(true);
  expect(isForReader(alert(), reader("red"), BLUE_IS_THERE)).toBe(false);
});

test("it is everybody's where nobody of the team is there, where nobody knows who is, and where somebody is in no team", () => {
  expect(isForReader(alert(), reader("red"), ONLY_RED)).toBe(true);
  expect(isForReader(alert(), reader("red"), null)).toBe(true);
  expect(isForReader(alert(), reader(""), BLUE_IS_THERE)).toBe(true);
  expect(isForReader(alert({ team: "" }), reader("red"), BLUE_IS_THERE)).toBe(true);
});

test("it waits for the first answer to who is there, for that takes no time", () => {
  expect(isForReader(alert(), reader("red"), "asking")).toBe(false);
});

test("an alert for all is for everybody at once, and so is one that an earlier version stored", () => {
  const { reach: _, team: __, ...old } = alert();
  for (const present of [BLUE_IS_THERE, "asking", null] as const) {
    expect(isForReader(alert({ reach: "all" }), reader("red"), present)).toBe(true);
    expect(isForReader(old, reader("red"), present)).toBe(true);
  }
  expect(isOfOtherTeam(alert({ reach: "all" }), reader("red"))).toBe(false);
});

test("what one of the team cannot take and no tier follows is everybody's", () => {
  const declined = [{ by: "ana", because: "in another call" }];
  expect(isForReader(alert({ declined, answer_within_s: 0 }), reader("red"), BLUE_IS_THERE)).toBe(true);
  expect(isForReader(alert({ declined }), reader("red"), BLUE_IS_THERE)).toBe(false); // goes to the next tier by itself
});

test("senior staff at a console stand for their team; agents do not, and no list is no answer", () => {
  const people = [colleague("ana", "blue", true), colleague("ben", "green", false), colleague("sam", "grey", null, "agent")];
  expect(presentIn(people)).toEqual(new Set(["blue"]));
  expect(presentIn([])).toBe(null);
});

test("a call is read in the replay by those whom the API lets replay it", () => {
  const people = [
    reader("blue"),
    reader(""),
    { ...reader("red"), role: "qa" as const },
    { ...reader("blue"), role: "admin" as const },
  ];
  expect(people.map((one) => mayReplay(one, "blue"))).toEqual([true, true, true, false]);
  expect(people.map((one) => mayReplay(one, "green"))).toEqual([false, true, true, false]);
  expect(mayReplay(reader("blue"), "")).toBe(true);
});
