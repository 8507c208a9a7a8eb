import { expect, test } from "vitest";
import { Sight } from "./sight";

test("what is pressed in the moment in which another prompt comes on top is meant for the one that was there", () => {
  const sight = new Sight();
  sight.draw(["a"], 1000);
  expect(sight.first(1001)).toBe("a"); // nothing was there before: nothing else can be meant
  sight.draw(["b", "a"], 5000);
  expect([sight.first(5100), sight.hasMoved(5100)]).toEqual(["a", true]);
  expect([sight.first(5700), sight.hasMoved(5700)]).toEqual(["b", false]);
});

test("two that come at once are both news, and the one that was answered stays meant by a key pressed twice", () => {
  const sight = new Sight();
  sight.draw(["a"], 1000);
  sight.draw([], 5000);
  sight.draw(["b"], 5200);
  expect(sight.hasMoved(5201)).toBe(false); // nothing stood there to be clicked
  sight.draw(["c"], 5400);
  expect(sight.first(5500)).toBe("a");
  sight.draw(["c"], 5900); // drawn once more: no news
  expect(sight.first(6001)).toBe("c");
});
