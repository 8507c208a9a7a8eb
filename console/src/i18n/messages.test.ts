import { expect, test } from "vitest";
import { fill, LANGUAGES } from ".";
import { en } from "./en";

const places = (template: string) => [...template.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

test.each(Object.entries(LANGUAGES))("%s says everything that English says, with the same places to fill", (_, { messages }) => {
  expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort());
  for (const [key, template] of Object.entries(en)) {
    expect(messages[key as keyof typeof en].trim(), key).not.toBe("");
    expect(places(messages[key as keyof typeof en]), key).toEqual(places(template));
  }
});

test("what is unknown stays visible in a sentence", () => {
  expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
});
