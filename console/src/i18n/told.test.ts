import { expect, test } from "vitest";
import { serverDe } from "./server.de";
import { patternsOf, say } from "./told";

const patterns = patternsOf(serverDe);
const german = (text: string) => say(text, serverDe, patterns);

test("a sentence of the server is said in German, its values with it", () => {
  expect(german("No audio has come for 12 s: check the tap.")).toBe("Seit 12 s kommt kein Ton: Bitte den Zugang prüfen.");
  expect(german("«take_over» is not possible in this way on this call; it works by telephone")).toBe(
    "«take_over» geht auf diesem Weg bei diesem Anruf nicht; es geht über das Telefon",
  );
  expect(german("a call was refused: a call of this id is running already; call ids must be unique")).toBe(
    "ein Anruf wurde abgewiesen: ein Anruf mit dieser Kennung läuft schon; jede darf nur einmal vorkommen",
  );
  expect(german("Drafted from stored events: alert, hung up.")).toBe(
    "Aus gespeicherten Ereignissen entworfen: Alarm, aufgelegt.",
  );
});

test("two sentences that callguard puts together are said one after the other", () => {
  expect(german("stream refused: start has no usable callSid; expected 1 to 64 letters")).toBe(
    "Strom abgewiesen: start has no usable callSid; expected 1 to 64 letters",
  );
  expect(german("the telephone did not answer; try again or listen in the browser; call 4711")).toBe(
    "am Telefon hat niemand abgenommen; noch einmal versuchen oder im Browser mithören; rufen Sie 4711 an",
  );
});

test("what is not known stays as it is", () => {
  expect(german("something quite new (E42)")).toBe("something quite new (E42)");
  expect(german("")).toBe("");
});

test("every value of a sentence is said, and none that it has not", () => {
  for (const [key, said] of Object.entries(serverDe)) {
    const has = key.split("{}").length - 1;
    const places = [...said.matchAll(/\{(\d)\}/g)].map((found) => Number(found[1]));
    expect(
      [...new Set(places)].every((place) => place < has),
      key,
    ).toBe(true);
  }
});
