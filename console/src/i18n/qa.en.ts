// English of the QA area: finding calls and replaying them.

export const qaEn = {
  qa_tab_calls: "Calls",
  qa_explained: "Find calls, hear and read them again. Every access to a recording is logged.",
  qa_not_for_you: "This area is for QA and senior staff",
  qa_not_loaded: "Not loaded",
  qa_again: "Try again",
  qa_no_calls: "No calls yet",
  qa_running: "still running",
  qa_alerts_one: "{n} alert",
  qa_alerts_other: "{n} alerts",
  qa_alerts_section: "Alerts",
  qa_no_alerts: "Nothing was raised on this call.",
};
