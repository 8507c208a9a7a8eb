// English of exporting a search.

export const exportEn = {
  ex_title: "Export",
  ex_about_one: "The call that was found, as a file. Who exports what is logged.",
  ex_about_other: "All {n} calls that were found, as one file. Who exports what is logged.",
  ex_csv: "CSV, a table",
  ex_csv_about: "One row a call, without words",
  ex_json: "JSON, everything",
  ex_json_about: "Words, scores, alerts and corrections, for programs",
  ex_vcon: "vCon, a zip",
  ex_vcon_about: "One file a call, in the standard container for conversations",
  ex_pdf: "PDF, a report",
  ex_pdf_about: "To be read: alerts and words of each call",
  ex_too_many: "At most {n} calls; narrow the search",
  ex_busy: "Making the file…",
  ex_done: "The file {name} is saved.",
  ex_failed: "The export failed: {why}.",
  ex_broken: "the file broke off; try again",
};
