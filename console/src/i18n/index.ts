// What the screens say, in the reader's language; times in the reader's zone.

import { de } from "./de";
import { en, type MessageKey, type Messages } from "./en";

export type { MessageKey } from "./en";

export const LANGUAGES: Record<string, { name: string; messages: Messages }> = {
  en: { name: "English", messages: en },
  de: { name: "Deutsch", messages: de },
};
const CHOICE = "callguard.language";

function chosen(): string {
  const wanted = [localStorage.getItem(CHOICE) ?? "", ...navigator.languages].map((one) => one.split("-")[0] ?? "");
  return wanted.find((one) => one in LANGUAGES) ?? "en";
}

export const language = typeof localStorage === "undefined" ? "en" : chosen();
const messages = LANGUAGES[language]?.messages ?? en;
const plural = new Intl.PluralRules(language);

/** Remember another language and load the page anew in it. */
export function chooseLanguage(tag: string): void {
  localStorage.setItem(CHOICE, tag);
  location.reload();
}

export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const t = (key: MessageKey, values: Record<string, string | number> = {}) => fill(messages[key], values);

type Counted = MessageKey extends infer Key ? (Key extends `${infer Stem}_one` ? Stem : never) : never;

/** A sentence that depends on a number: `tn("calls", 3)`. */
export function tn(stem: Counted, n: number, values: Record<string, string | number> = {}): string {
  const form = plural.select(n) === "one" ? "one" : "other";
  return t(`${stem}_${form}` as MessageKey, { n, ...values });
}

const named = (prefix: string) => (name: string) =>
  (messages as Record<string, string>)[`${prefix}_${name}`] ?? name.replaceAll("_", " ");

/** The word of a name that comes from the API: `wordOf("admin_tap", "twilio")`. */
export const wordOf = (prefix: string, name: string) => named(prefix)(name);

export const stateWord = named("state");
/** How a call stands, as a sentence without its full stop. */
export const callNow = named("call_now");
export const guardWord = named("guard");
export const category = named("category");
export const tactic = named("tactic");
export const gapWord = named("gap");
export const fieldWord = named("field");
export const measureWord = named("measure");
export const roleWord = named("role");
export const incidentStatus = named("incident_status");
export const incidentAct = named("incident_act");

/** How long, as a clock shows it. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (n: number) => String(n).padStart(2, "0");
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${rest}` : rest;
}

/** How long ago, in words that stay short. */
export function ago(seconds: number): string {
  if (seconds < 1) return t("now");
  if (seconds < 60) return t("seconds_ago", { n: Math.floor(seconds) });
  if (seconds < 3600) return t("minutes_ago", { n: Math.floor(seconds / 60) });
  return t("hours_ago", { n: Math.floor(seconds / 3600) });
}

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
const DAY = {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
} as const;
const day = new Intl.DateTimeFormat(language, DAY);
/** Records are kept for years. */
const dayOfYear = new Intl.DateTimeFormat(language, { ...DAY, year: "numeric" });
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const hundredths = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** A probability, as thresholds are told. */
export const probability = (value: number) => hundredths.format(value);

/** A time of day in the reader's zone, with the zone. */
export const clockTime = (iso: string) => clock.format(new Date(iso));
/** A day and a time; with the year where it is not this one. */
export function dayTime(iso: string): string {
  const at = new Date(iso);
  return (at.getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(at);
}
export const decimal = (value: number) => tenths.format(value);
