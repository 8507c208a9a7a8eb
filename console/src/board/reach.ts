// Whose alert it is. A tier of the policy names one team or all; whoever cannot be told apart is everybody.

import type { Colleague } from "../api/people";
import type { User } from "../api/types";
import type { Known } from "../model/call";

/** Teams of which somebody senior is at a console; «asking» until the first answer, null where nobody knows. */
export type Present = ReadonlySet<string> | "asking" | null;

export function presentIn(people: readonly Colleague[]): Present {
  // Whoever asks stands in the list: without anybody it is no answer.
  if (people.length === 0) return null;
  return new Set(people.filter((one) => one.role === "senior" && one.is_on_duty).map((one) => one.team));
}

/** Whether it is meant for one team that is not the reader's, whoever is there. */
export function isOfOtherTeam(decision: Known, reader: User): boolean {
  return decision.reach === "team" && Boolean(decision.team && reader.team) && decision.team !== reader.team;
}

/** Whether the API lets the reader replay the calls of an agent of this team: QA all, senior staff those of their own team. */
export function mayReplay(reader: User, team: string): boolean {
  if (reader.role === "qa") return true;
  return reader.role === "senior" && (!reader.team || !team || team === reader.team);
}

/** Whether the reader is needed for this alert; else their colleagues of another team have it first. */
export function isForReader(decision: Known, reader: User, present: Present): boolean {
  if (!isOfOtherTeam(decision, reader)) return true;
  // One of the team cannot take it, and no further tier would hear of it.
  if (decision.declined.length > 0 && !decision.answer_within_s) return true;
  if (present === "asking") return false;
  return present === null || !present.has(decision.team ?? "");
}
