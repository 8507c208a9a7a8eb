// Deutsch: was dem Team gesagt wird, einen Anruf vormerken, und das Verzeichnis der Anrufenden.

import type { callersEn } from "./callers.en";

export const callersDe: Record<keyof typeof callersEn, string> = {
  team_notices: "Aus Ihrem Team",
  team_notices_all: "Den Teams gesagt",
  team_notices_explained: "Niemand erfährt, wessen Gespräch es war oder was gesagt wurde.",
  team_notice_read: "Weglegen",
  team_notice_read_of: "Weglegen: {when}",
  team_notice_read_all: "Alle weglegen",
  team_notice_gone: "Weggelegt.",
  team_notices_wait_one: "{n} Hinweis für später",
  team_notices_wait_other: "{n} Hinweise für später",
  mark_quick: "Anruf vormerken",
  mark_open: "Bericht zu diesem Anruf anlegen …",
  mark_why: "Warum? Das darf leer bleiben.",
  mark_send: "Bericht anlegen",
  mark_done: "Vorgemerkt. Der Bericht ist entworfen.",
  mark_later: "Vorgemerkt. Der Bericht wird nach dem Gespräch entworfen.",
};
