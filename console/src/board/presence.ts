// Who of the senior staff is at a console: asked only while that decides whose alert something is, and again whenever it has changed.

import { pause } from "../api/client";
import { loadPeople } from "../api/people";
import { type Present, presentIn } from "./reach";

const LONGEST_ANSWER_MS = 2000;

export class Presence {
  private known: Present = null;
  private isAsking = false;
  private isStale = false;

  /** `isNeeded` says whether the answer matters; `changed` is called after each. */
  constructor(
    private readonly isNeeded: () => boolean,
    private readonly changed: () => void,
  ) {}

  /** What is known now; nothing, where nobody has asked. */
  get present(): Present {
    return this.known;
  }

  /** Ask if it matters and is not known. */
  watch(): void {
    if (!this.isNeeded()) this.known = null;
    else if (this.known === null) {
      this.known = "asking";
      void this.ask();
    }
  }

  /** callguard says that somebody has come or gone. */
  news(): void {
    if (this.isNeeded()) void this.ask();
    else this.known = null;
  }

  /** However many news come while an answer is awaited, one more question follows it. */
  private async ask(): Promise<void> {
    this.isStale = true;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.isStale) {
      this.isStale = false;
      this.known = presentIn(await Promise.race([loadPeople(), pause(LONGEST_ANSWER_MS).then(() => [])]));
      this.changed();
    }
    this.isAsking = false;
  }
}
