// The names behind log-ins: events carry log-ins, screens show names.

import { ask } from "./client";
import type { StaffRole } from "./types";

export interface Colleague {
  name: string;
  display_name: string;
  role: StaffRole;
  team: string;
  /** Told of senior staff who can log in. */
  is_on_duty: boolean | null;
}

const known = new Map<string, Colleague>();
/** Log-ins that were asked for and may have no name: a program's token, somebody who was taken out. */
const asked = new Set<string>();

/** Counts the times that somebody turned out to be somebody new or changed, so that a row is drawn again when it must be. */
let edition = 0;
export const editionOfPeople = () => edition;

/** Learn the names; without them log-ins are shown, so that nothing waits for this to work. */
export async function loadPeople(): Promise<Colleague[]> {
  const found = await ask<Colleague[]>("GET /api/colleagues", {}).catch(() => []);
  for (const one of found) {
    const before = known.get(one.name);
    if (before?.display_name !== one.display_name || before.team !== one.team) edition += 1;
    known.set(one.name, one);
  }
  return found;
}

/** Learn the name of somebody who was added after this page was opened. */
export function meet(login: string, then: () => void): void {
  if (!login || known.has(login) || asked.has(login)) return;
  asked.add(login);
  void loadPeople().then(then);
}

export const nameOf = (login: string) => known.get(login)?.display_name || login;
export const teamOf = (login: string) => known.get(login)?.team ?? "";
