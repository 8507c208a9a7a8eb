// Who of the senior staff is at a console: asked only while that decides whose alert something is.

import { pause } from "../api/client";
import { loadPeople } from "../api/people";
import { type Present, presentIn } from "./reach";

const ASK_EVERY_MS = 5000;
const LONGEST_ANSWER_MS = 2000;

export class Presence {
  private known: Present = null;
  private isWatching = false;

  /** `isNeeded` says whether the answer still matters; `changed` is called after each. */
  constructor(
    private readonly isNeeded: () => boolean,
    private readonly changed: () => void,
  ) {}

  /** What is known now; nothing, once nobody has asked for a while. */
  get present(): Present {
    return this.known;
  }

  /** Ask at once, then again for as long as it matters. */
  watch(): void {
    if (this.isWatching || !this.isNeeded()) return;
    this.isWatching = true;
    this.known = "asking";
    void this.askAgain();
  }

  private async askAgain(): Promise<void> {
    while (this.isNeeded()) {
      this.known = presentIn(await Promise.race([loadPeople(), pause(LONGEST_ANSWER_MS).then(() => [])]));
      this.changed();
      await pause(ASK_EVERY_MS);
    }
    this.isWatching = false;
    this.known = null;
  }
}
