// What every live page has around its content: the line, the guard's health, and a way to load the state of things anew.

import { pause } from "../api/client";
import { loadPeople } from "../api/people";
import { toLogin } from "../api/session";
import type { CallEvent, Health, User } from "../api/types";
import { t } from "../i18n";
import { told } from "../i18n/told";
import type { Notice } from "../ui/Notices";
import { Line } from "./line";
import { Painter } from "./painter";

const LONGEST_WAIT_MS = 15_000;

/** What a page adds: its events, and `load`, which resolves to the number of the last event in what it loaded. */
export interface Page {
  take(event: CallEvent): void;
  load(): Promise<number>;
  /** Senior staff may have come or gone. */
  staff?(): void;
}

export class Connection {
  isUp = true;
  isIncomplete = false;
  health: Health | null = null;
  readonly painter: Painter;
  line: Line | null = null;
  private held: CallEvent[] | null = null;
  /** More was missed after the state of things was asked for. */
  private isOutdated = false;

  constructor(
    readonly user: User,
    private readonly page: Page,
  ) {
    this.painter = new Painter((seq) => this.line?.drawn(seq));
  }

  /** Connect; `seq` is the last event that the page has loaded. */
  open(seq: number): void {
    this.line = new Line(seq, {
      event: (body) => (this.held ? this.held.push(body) : this.page.take(body)),
      reset: () => void this.reset(),
      health: (health) => {
        this.health = health;
        this.painter.soon();
      },
      line: (isUp) => {
        this.isUp = isUp;
        this.painter.soon();
      },
      loggedOut: () => void toLogin(),
      staff: (isEdited) => {
        if (isEdited) void loadPeople().then(() => this.painter.soon());
        this.page.staff?.();
      },
    });
    this.line.connect();
    this.painter.soon();
  }

  /** The server's clock, in ms. */
  now(): number {
    return this.line?.now() ?? Date.now();
  }

  /** Load the state of things anew; what happens meanwhile is held and taken afterwards, so that nothing falls between. */
  async reset(): Promise<void> {
    this.isOutdated = true;
    if (this.held || !this.line) return;
    this.held = [];
    for (let wait = 1000; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        while (this.isOutdated) {
          this.isOutdated = false;
          this.line.seq = Math.max(this.line.seq, await this.page.load());
        }
        break;
      } catch {
        this.isOutdated = true;
        this.isIncomplete = true;
        for (const body of this.held.splice(0)) this.page.take(body); // help must not wait for the archive
        this.painter.soon();
        await pause(wait);
      }
    }
    const held = this.held;
    this.held = null;
    this.isIncomplete = false;
    for (const body of held) this.page.take(body);
    this.painter.soon();
  }

  /** What stands between people and help; a `degraded` one stands aside. */
  notices(own: Notice[] = []): Notice[] {
    const found = [...own];
    if (!this.isUp) found.push({ state: "not_guarded", text: t("offline") });
    if (this.isIncomplete) found.push({ state: "degraded", text: t("incomplete") });
    if (this.health && !this.health.is_ready) found.push({ state: "not_guarded", text: t("engine_not_ready") });
    if (this.health?.not_recorded_because)
      found.push({ state: "degraded", text: t("not_recorded", { why: told(this.health.not_recorded_because) }) });
    if (this.health?.full_because) {
      const text = t("calls_refused", { why: told(this.health.full_because), n: this.health.refused_calls ?? 0 });
      found.push({ state: "degraded", text });
    }
    return found.sort((one, other) => Number(one.state === "degraded") - Number(other.state === "degraded"));
  }

  get engine(): string {
    if (!this.health) return "";
    return t(this.health.is_fallback ? "engine_fallback" : "engine", { engine: this.health.engine });
  }
}
