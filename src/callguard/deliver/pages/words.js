// What the screens call things. One place, so that a translation replaces one file.

export const STATES = {
  quiet: "Quiet",
  heated: "Heated",
  abusive: "Abusive",
  severe: "Severe",
  threat: "Threat",
  care: "Care",
  not_guarded: "Not guarded",
  degraded: "Degraded",
};

/** Worst first: the order of the board. */
export const RANK = { threat: 6, care: 5, severe: 4, abusive: 3, heated: 2, quiet: 1 };

export const CATEGORIES = {
  threat_personal: "threat to a person",
  threat_general: "threat to the place",
  intimidation: "intimidation",
  sexual: "sexual",
  hate: "hate",
  insult: "insult",
  profanity: "swearing",
  rudeness: "rudeness",
  unreasonable_demand: "unreasonable demand",
  self_harm: "may hurt themselves",
  help: "help asked by agent",
  panic: "panic button",
  anger: "anger",
};

export const TACTICS = {
  calm: "Calm",
  progress: "Progress",
  question: "Question",
  warn: "Warn",
  confront: "Confront",
  exit: "Exit",
  escalate: "Escalate or transfer",
  hang_up: "Hang up",
  interject: "Interject",
  hang_up_follow_up: "Call back",
};

/** Tactics that somebody must carry out: using the card also asks for the act. */
export const ACTS = new Set(["escalate", "hang_up"]);

export const GUARDS = {
  guarded: "guarded",
  fallback: "fallback engine",
  degraded: "degraded",
  not_guarded: "not guarded",
};

export const GAPS = {
  lost: "audio was lost on the way",
  late: "audio came too late",
  paused: "paused",
  overrun: "too much audio at once",
};

export const category = (name) => CATEGORIES[name] ?? name.replaceAll("_", " ");
export const tactic = (name) => TACTICS[name] ?? name.replaceAll("_", " ");
