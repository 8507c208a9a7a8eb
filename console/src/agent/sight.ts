// Which prompts the reader can have had before their eyes: one that came a blink ago is not what a key or a click was meant for.

/** Between a picture and a finger that answers it lies at least this. */
const REACTION_MS = 600;

export class Sight {
  private shown: readonly string[] = [];
  private before: readonly string[] = [];
  private sinceMs = Number.NEGATIVE_INFINITY;
  private movedMs = Number.NEGATIVE_INFINITY;

  /** These prompts stand on the screen, the first on top. */
  draw(ids: readonly string[], nowMs: number): void {
    if (ids.join() === this.shown.join()) return;
    if (!this.isNew(nowMs)) this.before = this.shown;
    if (this.shown.length > 0 && ids.length > 0) this.movedMs = nowMs;
    this.shown = ids;
    this.sinceMs = nowMs;
  }

  /** Whether one has just taken the place of another, under a finger that was on its way. */
  hasMoved(nowMs: number): boolean {
    return nowMs - this.movedMs < REACTION_MS;
  }

  /** Whether others stood there until just now. */
  private isNew(nowMs: number): boolean {
    return this.before.length > 0 && nowMs - this.sinceMs < REACTION_MS;
  }

  /** The prompt on top as the reader knows it; empty if there was none. */
  first(nowMs: number): string {
    return (this.isNew(nowMs) ? this.before : this.shown)[0] ?? "";
  }
}
