// German of exporting a search.

import type { exportEn } from "./export.en";

export const exportDe: typeof exportEn = {
  ex_title: "Exportieren",
  ex_about_one: "Der gefundene Anruf als Datei. Wer was exportiert, wird vermerkt.",
  ex_about_other: "Alle {n} gefundenen Anrufe als eine Datei. Wer was exportiert, wird vermerkt.",
  ex_csv: "CSV, eine Tabelle",
  ex_csv_about: "Eine Zeile je Anruf, ohne Worte",
  ex_json: "JSON, alles",
  ex_json_about: "Worte, Werte, Alarme und Berichtigungen, für Programme",
  ex_vcon: "vCon, ein Zip",
  ex_vcon_about: "Eine Datei je Anruf, im Standard für Gespräche",
  ex_pdf: "PDF, ein Bericht",
  ex_pdf_about: "Zum Lesen: Alarme und Worte jedes Anrufs",
  ex_too_many: "Höchstens {n} Anrufe; grenzen Sie die Suche ein",
  ex_busy: "Die Datei entsteht…",
  ex_done: "Die Datei {name} ist gespeichert.",
  ex_failed: "Der Export ist gescheitert: {why}.",
  ex_broken: "die Datei brach ab; versuchen Sie es noch einmal",
};
