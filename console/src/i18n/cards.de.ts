// Wie die Karten ankommen, im Verlauf der QA.

import type { cardsEn } from "./cards.en";

export const cardsDe: Record<keyof typeof cardsEn, string> = {
  cards_heading: "Wie die Karten ankommen",
  cards_what:
    "Über alle Teams zusammen. Eine Karte, die immer wieder weggelegt wird, braucht andere Worte oder einen anderen Moment: wenige treffende Hinweise, sonst liest sie niemand mehr.",
  cards_none: "In dieser Zeit wurde keine Karte gezeigt oder genutzt.",
  cards_col_card: "Karte",
  cards_col_shown: "Gezeigt",
  cards_col_used: "Genutzt",
  cards_col_pulled: "Selbst geholt",
  cards_col_helped: "Hat geholfen",
  cards_col_waved_away: "Weggelegt",
};
