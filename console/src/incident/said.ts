// A fact of a record in the reader's language, by its key.

import { nameOf } from "../api/people";
import { fill, gapWord, guardWord, measureWord, t, tactic, wordOf } from "../i18n";
import type { Said } from "./types";

const MODES = ["listen", "whisper", "interject", "take_over"] as const;

/** How a place of a sentence is said; those that are not here hold times, or words of people. */
const SPELT: Record<string, (value: string) => string> = {
  tactic,
  measures: (names) => names.split(",").map(measureWord).join(", "),
  mode: (name) => (MODES.includes(name as (typeof MODES)[number]) ? t(`join_${name as (typeof MODES)[number]}`) : name),
  guard: guardWord,
  gap: gapWord,
  speaker: (role) => (role === "caller" || role === "agent" ? t(`who_${role}`) : t("who_unknown")),
  to: nameOf,
};

/** The sentence; in English as it was stored where its key is not known here, or where an old record has none. */
export function sayFact(said: Said | null | undefined, english: string): string {
  if (!said) return english;
  const template = wordOf("fact", said.key);
  if (template === said.key.replaceAll("_", " ")) return english;
  return fill(
    template,
    Object.fromEntries(Object.entries(said.values).map(([name, value]) => [name, SPELT[name]?.(value) ?? value])),
  );
}
