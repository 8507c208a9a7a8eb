// German of the QA area.

import type { qaEn } from "./qa.en";

export const qaDe: Record<keyof typeof qaEn, string> = {
  qa_tab_calls: "Anrufe",
  qa_explained: "Anrufe finden, nachhören und nachlesen. Jeder Zugriff auf eine Aufnahme wird festgehalten.",
  qa_not_for_you: "Dieser Bereich ist für Qualität und Leitung",
  qa_not_loaded: "Nicht geladen",
  qa_again: "Noch einmal versuchen",
  qa_no_calls: "Noch keine Anrufe",
  qa_running: "läuft noch",
  qa_alerts_one: "{n} Alarm",
  qa_alerts_other: "{n} Alarme",
  qa_alerts_section: "Alarme",
  qa_no_alerts: "Bei diesem Anruf wurde nichts gemeldet.",
};
