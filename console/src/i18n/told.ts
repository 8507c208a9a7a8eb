// What callguard says in English (reasons, trouble, errors), in the reader's language. The sentences themselves are the keys: the API says
// the same to logs and programs as to people, and what is stored stays readable in any language.

import { fill, language } from "./index";
import { serverDe } from "./server.de";

const CATALOGUES: Record<string, Record<string, string>> = { de: serverDe };

interface Pattern {
  sign: RegExp;
  said: string;
}

const escaped = (text: string) => text.replace(/[.*+?^$()|[\]\\{}]/g, "\\$&");

/** Those with values in them; the most words first, so that the closest fits. */
export function patternsOf(catalogue: Record<string, string>): Pattern[] {
  return Object.entries(catalogue)
    .filter(([key]) => key.includes("{}"))
    .sort(([one], [other]) => other.length - one.length)
    .map(([key, said]) => ({ sign: new RegExp(`^${key.split("{}").map(escaped).join("(.+?)")}$`), said }));
}

/** Say one sentence by a catalogue; what is in its values is said by it too, and what is not known stays as it is. */
export function say(text: string, catalogue: Record<string, string>, patterns: Pattern[]): string {
  const known = sayOne(text, catalogue, patterns);
  if (known !== null) return known;
  // «what: why» and «why; what to do» are put together from two sentences.
  for (const [sign, place] of [
    [": ", text.indexOf(": ")],
    ["; ", text.lastIndexOf("; ")],
  ] as const) {
    const [head, tail] = [text.slice(0, place), text.slice(place + sign.length)];
    const [first, second] = [sayOne(head, catalogue, patterns), sayOne(tail, catalogue, patterns)];
    if (place > 0 && (first ?? second) !== null) return `${first ?? head}${sign}${second ?? tail}`;
  }
  const listed = text.split(", ").map((one) => sayOne(one, catalogue, patterns));
  return listed.every((one) => one !== null) ? listed.join(", ") : text;
}

function sayOne(text: string, catalogue: Record<string, string>, patterns: Pattern[]): string | null {
  const known = catalogue[text];
  if (known) return known;
  for (const { sign, said } of patterns) {
    const found = sign.exec(text);
    if (found) return fill(said, Object.fromEntries(found.slice(1).map((one, place) => [place, say(one, catalogue, patterns)])));
  }
  return null;
}

const catalogue = CATALOGUES[language];
const patterns = catalogue ? patternsOf(catalogue) : [];

export const told = (text: string) => (catalogue ? say(text, catalogue, patterns) : text);
