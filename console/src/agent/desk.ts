// What the agent's page knows and does.

import { ApiError, ask, inTheEnd, sentence } from "../api/client";
import { loadPeople, meet, nameOf } from "../api/people";
import type { CallEvent, Card, Checklist, Live, Question, State, User, WrapUp } from "../api/types";
import { callNow, t, tactic } from "../i18n";
import { Connection } from "../line/connection";
import { Call, helpersSentence, type Known, RANK } from "../model/call";
import { hearTabs, notify, softSound, tellTabs } from "../signals";
import type { Notice } from "../ui/Notices";
import { tell } from "../ui/tell";
import { Sight } from "./sight";

/** Tactics that somebody must carry out: using the card also asks for the act. */
const ACTS = new Set(["escalate", "hang_up"]);

/** What somebody had begun to add to a record. */
export interface BegunComment {
  text: string;
  callId: string;
  /** When the call began. */
  when: string;
}

export class AgentDesk {
  readonly connection: Connection;
  call: Call | null = null;
  cards: Card[] = [];
  /** Of the checklist for a threat against the place; loaded when there is one. */
  questions: Question[] = [];
  areCardsOpen = false;
  readonly sight = new Sight();
  /** By incident; kept while this page is open, and no longer: others may use this browser, too. */
  readonly begun = new Map<string, BegunComment>();
  /** What is on its way to senior staff; panic overtakes a call for help that waits for the line. */
  asking: "" | "help" | "panic" = "";
  private isWaiting = true;
  private saying = "";
  private readonly wanted = new URLSearchParams(location.search).get("call");

  constructor(readonly user: User) {
    this.connection = new Connection(user, this);
    hearTabs((told) => {
      if (told.callId === this.call?.id && this.call.endedAt) this.forget();
    });
  }

  async load(): Promise<number> {
    const [live] = await Promise.all([ask<Live>("GET /api/live", {}), loadPeople()]);
    const call = this.call;
    const running = this.wanted ?? live.calls[0]?.call_id ?? (call?.endedAt && !this.isWaiting ? call.id : null);
    const rest = running ? null : await this.restGoingOn();
    const found = running ?? rest?.call_id;
    if (!found) {
      this.cards = await cardsOf(null);
      this.call = null;
      return live.seq;
    }
    const known = live.calls.find((one) => one.call_id === found);
    const loaded = new Call(found, { agent: known?.agent ?? "", startedAt: known?.started_at ?? null });
    for (const event of await this.eventsOf(found, rest !== null)) loaded.take(event);
    if (rest) loaded.endedAt ??= rest.began_at;
    // All at once: what somebody is writing into the checklist stays open.
    const questions = loaded.mustStayOpen ? await questionsOf(loaded) : [];
    this.cards = await cardsOf(loaded);
    this.call = loaded;
    this.questions = questions;
    this.isWaiting = false;
    return live.seq;
  }

  /** Time of their own that the reader has not ended: nobody sends them calls until they say here that they are ready. */
  private async restGoingOn(): Promise<WrapUp | null> {
    return this.isAgent ? ask<WrapUp | null>("GET /api/wrap-up", {}) : null;
  }

  private async eventsOf(callId: string, mayBeGone: boolean): Promise<CallEvent[]> {
    try {
      return await ask<CallEvent[]>("GET /api/calls/{call_id}/events", { call_id: callId });
    } catch (error) {
      if (mayBeGone && error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
  }

  take(event: CallEvent): void {
    if (event.type === "call_started" && !this.wanted && (this.isAgent || !this.call || this.call.endedAt)) {
      this.call = new Call(event.call_id);
      this.dropEmpty();
      this.isWaiting = false;
      this.areCardsOpen = false;
      this.questions = [];
      void this.loadCards(this.call);
      if (!this.asking) this.saying = "";
    }
    if (event.type === "agent_assigned" && !this.wanted && event.agent === this.user.name && event.call_id !== this.call?.id) {
      void this.connection.reset(); // what was said before it was given to us is in the archive
      return;
    }
    const call = this.call;
    if (!call || event.call_id !== call.id) return;
    const before = call.rank;
    const { helpers } = call;
    call.take(event);
    if (call.helpers !== helpers && !this.asking) this.saying = ""; // who helps is news; what failed before is not
    if ("by" in event) meet(event.by, () => this.connection.painter.soon());
    if (event.type === "call_described") void this.loadCards(call);
    if (event.type === "state") this.rise(event, before);
    if (event.type === "decision" && event.audience === "agent") {
      tell(`${tactic(event.tactics[0] ?? "calm")}: ${event.text}`, event.severity >= 3);
      this.connection.painter.soon(event.seq);
    }
    if (call.mustStayOpen && this.questions.length === 0) void this.loadQuestions(call).catch(() => undefined); // the next event tries again
    this.connection.painter.soon();
  }

  /** The cards of the call's own policy in its language; without an answer those known before stay. */
  private async loadCards(call: Call): Promise<void> {
    const cards = await cardsOf(call).catch(() => null);
    if (!cards || this.call !== call) return;
    this.cards = cards;
    this.connection.painter.soon();
  }

  private async loadQuestions(call: Call): Promise<void> {
    this.questions = await questionsOf(call);
    this.connection.painter.soon();
  }

  /** Write a field of the checklist; what goes wrong is said, and the text stays. */
  async writeField(field: string, value: string): Promise<boolean> {
    if (!this.call) return false;
    try {
      await ask("PUT /api/calls/{call_id}/checklist/{field}", { call_id: this.call.id, field }, { value });
      tell(t("checklist_saved"));
      return true;
    } catch (error) {
      this.say(t("act_failed", { act: t("checklist_save"), why: sentence(error) }));
      return false;
    }
  }

  private rise(event: CallEvent & { state: State }, before: number): void {
    const now = callNow(event.state);
    tell(`${now}.`);
    if ((RANK[event.state] ?? 0) <= before) return;
    softSound();
    notify(now, `${event.call_id} ${event.seq}`);
  }

  private get isAgent(): boolean {
    return this.user.role === "agent";
  }

  /** Whether the reader has the call; others watch. */
  get isMine(): boolean {
    return this.isAgent || this.call?.agent === this.user.name;
  }

  get isLive(): boolean {
    return Boolean(this.call && !this.call.endedAt);
  }

  get isResting(): boolean {
    return Boolean(this.call?.endedAt && !this.isWaiting && this.isMine);
  }

  get helpers(): string {
    const told = helpersSentence(this.call?.helpers ?? null);
    if (this.saying) return this.saying;
    if (this.isMine || !this.call) return told;
    return `${this.call.agent ? t("watching", { name: nameOf(this.call.agent) }) : t("watching_unknown")} ${told}`;
  }

  get notices(): Notice[] {
    const call = this.call;
    if (!call || call.endedAt) return [];
    const found: Notice[] = [];
    if (call.state === "threat" && call.mustStayOpen && this.isMine) found.push({ state: "threat", text: t("do_not_hang_up") });
    if (call.guard === "not_guarded") found.push({ state: "not_guarded", text: t("call_not_guarded", { why: call.guardWhy }) });
    if (call.guard === "degraded") found.push({ state: "degraded", text: t("call_degraded", { why: call.guardWhy }) });
    return found;
  }

  async askHelp(isPanic: boolean): Promise<void> {
    const call = this.call;
    if (!call || !this.isMine || this.asking === "panic" || (this.asking && !isPanic)) return;
    const isUnderWay = this.asking !== "";
    this.asking = isPanic ? "panic" : "help";
    this.say(t(isPanic ? "sending_panic" : "asking_help"));
    if (isUnderWay) return; // whoever waits for the line sends this instead
    try {
      let sent = "";
      while (sent !== this.asking)
        sent = await inTheEnd(
          () => this.sendHelp(call.id),
          () => this.say(t("help_offline")),
        );
      this.say("");
      call.helpers = { key: sent === "panic" ? "helpers_panic" : "helpers_help", by: this.user.name };
    } catch (error) {
      // 503 says that it was passed on and only the record is missing.
      this.say(t("act_failed", { act: t(this.asking || "help"), why: sentence(error) }));
    } finally {
      this.asking = "";
      this.connection.painter.soon();
    }
  }

  /** Send what is wanted by now, and return it. */
  private async sendHelp(callId: string): Promise<string> {
    const wanted = this.asking;
    const places = { call_id: callId };
    await (wanted === "panic" ? ask("POST /api/calls/{call_id}/panic", places) : ask("POST /api/calls/{call_id}/help", places));
    return wanted;
  }

  async answer(decision: Known | null, name: string, given: "used" | "not_now"): Promise<void> {
    const call = this.call;
    if (!call) return;
    const places = { call_id: call.id };
    try {
      const body = { tactic: name, answer: given, decision_id: decision?.decision_id ?? "" };
      await ask("POST /api/calls/{call_id}/cards", places, body);
      if (decision) call.decisions.set(decision.decision_id, { ...decision, answered: given });
      if (given === "used" && ACTS.has(name)) await ask("POST /api/calls/{call_id}/request", places, { tactic: name });
      tell(given === "used" ? t("card_used", { card: tactic(name) }) : t("card_away"));
    } catch (error) {
      this.say(t("act_failed", { act: tactic(name), why: sentence(error) }));
    }
    this.connection.painter.soon();
  }

  get firstPrompt(): Known | undefined {
    return this.isLive && this.isMine ? this.call?.prompts[0] : undefined;
  }

  /** The prompt that a key is meant for: the first, unless it came on top a moment ago. */
  private get meant(): Known | undefined {
    const known = this.sight.first(performance.now());
    if (!known || !this.isLive || !this.isMine) return this.firstPrompt;
    const prompt = this.call?.decisions.get(known);
    return prompt?.answered ? undefined : prompt;
  }

  useFirst(): void {
    const prompt = this.meant;
    const name = prompt?.tactics[0];
    if (prompt && name) void this.answer(prompt, name, "used");
  }

  waveAwayFirst(): void {
    const prompt = this.meant;
    if (prompt) void this.answer(prompt, prompt.tactics[0] ?? "calm", "not_now");
  }

  showCards(isOpen: boolean): void {
    if (isOpen && (!this.isLive || !this.isMine)) return;
    this.areCardsOpen = isOpen;
    this.connection.painter.soon();
  }

  async ready(): Promise<void> {
    try {
      await ask("POST /api/wrap-up/end", {});
    } catch (error) {
      this.say(t("act_failed", { act: t("ready"), why: sentence(error) }));
      return;
    }
    if (this.call) tellTabs({ kind: "ready", callId: this.call.id });
    this.forget();
  }

  begin(incidentId: string, comment: BegunComment): void {
    this.begun.set(incidentId, comment);
    this.connection.painter.soon();
  }

  putAway(incidentId: string): void {
    this.begun.delete(incidentId);
    this.connection.painter.soon();
  }

  private dropEmpty(): void {
    for (const [id, { text }] of this.begun) if (!text.trim()) this.begun.delete(id);
  }

  private forget(): void {
    this.call = null;
    this.dropEmpty();
    this.isWaiting = true;
    this.connection.painter.soon();
  }

  private say(sentenceToShow: string): void {
    this.saying = sentenceToShow;
    this.connection.painter.soon();
  }
}

const cardsOf = (call: Call | null) => ask<Card[]>("GET /api/cards", {}, undefined, call ? { call: call.id } : {});

const questionsOf = async (call: Call) =>
  (await ask<Checklist>("GET /api/calls/{call_id}/checklist", { call_id: call.id })).fields;
