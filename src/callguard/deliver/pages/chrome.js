// What both pages have around their content: the line, health, notices, log-out.

import { post, toLogin } from "./api.js";
import { byId, el, refill, setText, shape } from "./dom.js";
import { Line } from "./line.js";

export class Chrome {
  /** `page` has: event(body), reload() that resolves to the number of the last event in what it loaded, draw(). */
  constructor(user, seq, page) {
    this.isUp = true;
    this.isIncomplete = false;
    this.health = null;
    this.page = page;
    this.held = null;
    this.line = new Line(seq, {
      event: (body) => (this.held ? this.held.push(body) : page.event(body)),
      reset: () => this.reset(),
      health: (health) => {
        this.health = health;
        page.draw();
      },
      line: (isUp) => {
        this.isUp = isUp;
        page.draw();
      },
      loggedOut: toLogin,
    });
    setText(byId("whoami"), `Logged in as ${user.display_name || user.name} (${user.role})`);
    byId("logout").addEventListener("click", () => post("/api/logout").finally(() => location.assign("/")));
    document.addEventListener("keydown", (pressed) => pressed.key === "Escape" && closeMenus());
    document.addEventListener("click", (clicked) => clicked.target.closest("details.menu") || closeMenus());
  }

  /** Load the state of things anew; what happens meanwhile is held and taken afterwards, so that nothing falls between. */
  async reset() {
    if (this.held) return;
    this.held = [];
    for (let wait = 1000; ; wait = Math.min(2 * wait, 15_000)) {
      try {
        this.line.seq = Math.max(this.line.seq, await this.page.reload());
        break;
      } catch {
        this.isIncomplete = true;
        for (const body of this.held.splice(0)) this.page.event(body); // help must not wait for the archive
        this.page.draw();
        await new Promise((done) => setTimeout(done, wait));
      }
    }
    const held = this.held;
    this.held = null;
    this.isIncomplete = false;
    held.forEach((body) => this.page.event(body));
    this.page.draw();
  }

  /** Show what stands between people and help; `more` are the page's own notices, as [shape, sentence]; `degraded` ones stand aside. */
  notices(more = []) {
    const found = [...more];
    if (!this.isUp) found.push(["not_guarded", "Offline. What you see may be old; trying to reconnect by itself."]);
    if (this.isIncomplete) found.push(["degraded", "Some of what happened could not be loaded; trying again by itself."]);
    if (this.health && !this.health.is_ready) found.push(["not_guarded", "The speech engine is not ready: calls are not guarded."]);
    if (this.health?.not_recorded_because) found.push(["degraded", `Not recorded: ${this.health.not_recorded_because}.`]);
    if (this.health?.full_because) {
      const refused = this.health.refused_calls ? ` Refused so far: ${this.health.refused_calls}.` : "";
      found.push(["degraded", `New calls are refused: ${this.health.full_because}.${refused}`]);
    }
    found.sort(([one], [other]) => Number(one === "degraded") - Number(other === "degraded"));
    const banner = ([drawn, sentence]) => el("p", { class: `banner${drawn === "degraded" ? " aside" : ""}` }, shape(drawn), el("span", {}, sentence));
    refill(byId("notices"), JSON.stringify(found), found.map(banner));
  }

  get engine() {
    if (!this.health) return "";
    return this.health.is_fallback ? `Fallback engine: ${this.health.engine}. It hears less well.` : `Engine: ${this.health.engine}`;
  }
}

function closeMenus() {
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
}

/** Say something to those who listen to the page; `isUrgent` interrupts them. */
export function tell(sentence, isUrgent = false) {
  byId(isUrgent ? "tell-now" : "tell").textContent = sentence;
}
