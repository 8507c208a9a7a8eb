// How cards do, in QA's trends.

export const cardsEn = {
  cards_heading: "How the cards do",
  cards_what:
    "Of all teams together. A card that is waved away again and again wants other words or another moment: few sharp prompts, or people stop reading them.",
  cards_none: "No card was shown or used in this time.",
  cards_col_card: "Card",
  cards_col_shown: "Shown",
  cards_col_used: "Used",
  cards_col_pulled: "Looked for",
  cards_col_helped: "Helped",
  cards_col_waved_away: "Waved away",
};
