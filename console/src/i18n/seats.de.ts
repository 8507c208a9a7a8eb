// Deutsch: was neben de.ts zum Platz der Angestellten, zur Tafel und zum Vorfall gehört.

import type { seatsEn } from "./seats.en";

export const seatsDe: Record<keyof typeof seatsEn, string> = {
  kind_choose: "Bitte wählen",
  kind_not_read: "Die Auswahl konnte nicht gelesen werden: {why}. Schließen Sie das Formular und öffnen Sie es wieder.",
  colleague_choose: "Wen?",
  colleague_none: "Sonst niemand in der Leitung",
  colleague_there: "Am Platz",
  colleague_away: "Nicht am Platz",
  handed_to_you: "{name} hat Ihnen den Anruf von {agent} übergeben.",
  alert_over: "braucht niemanden mehr",
  evidence_not_read: "Was gesagt wurde, konnte nicht gelesen werden: {why}. Klappen Sie es zu und wieder auf.",
  evidence_not_heard:
    "Es gibt nichts abzuspielen: Dieser Anruf wird wohl nicht aufgenommen. Lesen Sie, was gesagt wurde, oder hören Sie mit.",
  has_call: "{name} hat den Anruf",
  you_have_call: "Sie haben den Anruf",
  agent_of_team: "{team} · {name}",
  other_teams: "Andere Teams",
  other_teams_explained: "Zuerst ist deren eigene Leitung dran. Sie können trotzdem übernehmen.",
  join_cannot_whisper: "Zuflüstern: Der Zugang dieses Gesprächs spielt am Telefonplatz nichts ab.",
  join_cannot_interject: "Einschalten: Der Zugang dieses Gesprächs kann nicht auf beiden Seiten abspielen.",
  join_cannot_take_over: "Gespräch übernehmen: callguard allein kann niemanden aus dem Gespräch nehmen.",
  join_ask_instead:
    "Bitten Sie {name}, das Gespräch an Sie durchzustellen. Die Verwaltung kann dafür eine Telefonanlage einrichten oder eine Nummer hinterlegen.",
  claim_of: "Übernehmen: {name}",
};
