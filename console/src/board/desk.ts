// What the board knows and does: who needs somebody now, and all live calls.

import { ApiError, ask, sentence } from "../api/client";
import { loadPeople, meet, nameOf, teamOf } from "../api/people";
import type { CallEvent, DecisionEvent, Live, User } from "../api/types";
import { category, t } from "../i18n";
import { told } from "../i18n/told";
import { JoinDesk } from "../join/desk";
import { Connection } from "../line/connection";
import { Call, type Known, rootOf } from "../model/call";
import { notify, softSound } from "../signals";
import { tell } from "../ui/tell";
import { Presence } from "./presence";
import { isForReader, isOfOtherTeam, mayReplay } from "./reach";

const MOST_REMEMBERED = 2000;

export interface Alert {
  call: Call;
  decision: Known;
}

/** What this reader is doing with an alert: it is no fact of the call. */
export interface Doing {
  isBusy: boolean;
  error: string;
}

export const IDLE: Doing = { isBusy: false, error: "" };

export class BoardDesk {
  readonly connection: Connection;
  /** The call that the reader takes part in. */
  readonly joining: JoinDesk;
  readonly calls = new Map<string, Call>();
  private readonly doing = new Map<string, Doing>();
  /** Alerts that can no longer be answered. */
  private readonly gone = new Set<string>();
  /** Calls that ended with nothing open, and who had them. */
  private readonly over = new Map<string, string>();
  /** Alerts that another team has first. */
  private readonly waiting = new Set<string>();
  /** Alerts of another team that became everybody's: they stay so, since somebody may be on the way. */
  private readonly raised = new Set<string>();
  private readonly presence: Presence;

  constructor(readonly user: User) {
    this.connection = new Connection(user, this);
    this.joining = new JoinDesk(() => this.connection.painter.soon());
    const isNeeded = () =>
      this.allOpen.some((one) => isOfOtherTeam(one.decision, user) && !this.raised.has(rootOf(one.decision)));
    this.presence = new Presence(isNeeded, () => this.sift());
  }

  get mayAct(): boolean {
    return this.user.role === "senior";
  }

  async load(): Promise<number> {
    const [live] = await Promise.all([ask<Live>("GET /api/live", {}), loadPeople()]);
    const before = this.connection.line ? new Set(this.alerts().map((one) => one.decision.decision_id)) : null;
    this.calls.clear();
    this.over.clear();
    for (const one of live.calls) {
      const start = { agent: one.agent, startedAt: one.started_at, state: one.state, keepsTalk: false };
      this.calls.set(one.call_id, new Call(one.call_id, start));
    }
    for (const event of live.events) this.callOf(event)?.take(event);
    this.clearAway();
    this.presence.watch();
    this.sift();
    for (const call of this.live)
      for (const one of call.joined.values())
        if (one.by === this.user.name && one.way === "phone") void this.joining.resume(call, this.user.name);
    // What the line had left out rings now; whoever opens the page looks at it.
    for (const { decision } of before ? this.open : [])
      if (!before?.has(decision.decision_id) && !isWithdrawn(decision)) announce(decision);
    return live.seq;
  }

  staff(): void {
    this.presence.news();
  }

  take(event: CallEvent): void {
    this.callOf(event)?.take(event);
    const painter = this.connection.painter;
    if ("agent" in event) meet(event.agent, () => painter.soon());
    if ("by" in event) meet(event.by, () => painter.soon());
    if (event.type === "decision" && event.audience === "senior") {
      this.presence.watch();
      this.waiting.delete(rootOf(event));
      const decision = this.calls.get(event.call_id)?.decisions.get(event.decision_id);
      if (!decision || this.isForReader(decision)) announce(event);
      painter.soon(event.seq);
    }
    if (event.type === "alert_answered" && event.answer === "handed_over" && event.to === this.user.name) this.receive(event);
    if (event.type === "staff_join") this.takeJoin(event);
    if (event.type === "staff_join" && event.phase === "handed_over" && event.by !== this.user.name)
      tell(told(event.because), true);
    if (event.type === "call_ended" || event.type === "alert_answered" || event.type === "decision_settled") this.clearAway();
    if (event.type === "decision" || event.type === "alert_answered") this.sift();
    painter.soon();
  }

  private takeJoin(event: Extract<CallEvent, { type: "staff_join" }>): void {
    if (event.phase === "left") this.joining.ended(event.join_id, event.because);
    if (event.phase === "changed") this.joining.changed(event.join_id, event.mode);
    // Asked for before the page was loaded anew, and answered now.
    const call = this.calls.get(event.call_id);
    const isMine = event.phase === "joined" && event.by === this.user.name && event.way === "phone";
    if (call && isMine) void this.joining.resume(call, this.user.name);
  }

  /** The call of an event. All that runs was loaded or began in sight: any other is over, and comes back only if somebody is needed. */
  private callOf(event: CallEvent): Call | undefined {
    const isOver = event.type !== "call_started";
    if (!this.calls.has(event.call_id) && (!isOver || event.type === "decision")) {
      const call = new Call(event.call_id, { agent: this.over.get(event.call_id) ?? "", keepsTalk: false });
      if (isOver) call.endedAt = event.at;
      this.calls.set(event.call_id, call);
    }
    return this.calls.get(event.call_id);
  }

  /** A colleague has handed the reader a call: it is no new alert, and nobody else is told to go. */
  private receive(event: CallEvent & { by: string }): void {
    const agent = nameOf(this.calls.get(event.call_id)?.agent ?? "") || t("agent_unknown");
    const sentence = t("handed_to_you", { name: nameOf(event.by), agent });
    tell(sentence, true);
    softSound();
    notify(sentence, `${event.call_id} ${event.seq}`);
  }

  private clearAway(): void {
    for (const [id, call] of this.calls) {
      if (!call.endedAt || call.alerts.some((decision) => this.isOpen({ call, decision }))) continue;
      this.calls.delete(id);
      this.over.set(id, call.agent);
      const oldest = this.over.keys().next().value;
      if (this.over.size > MOST_REMEMBERED && oldest !== undefined) this.over.delete(oldest);
    }
  }

  private alerts(): Alert[] {
    return [...this.calls.values()].flatMap((call) => call.alerts.map((decision) => ({ call, decision })));
  }

  /** What was withdrawn stays in sight until it was seen or its call is over. */
  isOpen({ call, decision }: Alert): boolean {
    if (isWithdrawn(decision) && (call.endedAt || decision.acknowledgedBy)) return false;
    return !decision.claimedBy && !this.gone.has(decision.decision_id);
  }

  private get allOpen(): Alert[] {
    return this.alerts().filter((one) => this.isOpen(one));
  }

  /** Alerts that nobody has taken and for which the reader is needed, worst first. */
  get open(): Alert[] {
    return this.allOpen.filter((one) => this.isForReader(one.decision)).sort(worstFirst);
  }

  /** Alerts that nobody has taken and that another team's senior staff have first, worst first. */
  get ofOtherTeams(): Alert[] {
    return this.allOpen.filter((one) => !this.isForReader(one.decision)).sort(worstFirst);
  }

  /** Whether callguard tells the reader what is said on a call: of their own team, or because they are called to it. */
  mayRead(call: Call): boolean {
    if (mayReplay(this.user, teamOf(call.agent))) return true;
    return call.alerts.some((one) => one.claimedBy === this.user.name || this.isForReader(one));
  }

  private isForReader(decision: Known): boolean {
    return this.raised.has(rootOf(decision)) || isForReader(decision, this.user, this.presence.present);
  }

  /** See whose each alert is now, and announce what another team had and is the reader's too. */
  private sift(): void {
    const open = this.allOpen;
    const roots = new Set(open.map((one) => rootOf(one.decision)));
    for (const known of [this.waiting, this.raised]) for (const root of known) if (!roots.has(root)) known.delete(root);
    for (const { decision } of open) {
      const root = rootOf(decision);
      if (!this.isForReader(decision)) {
        this.waiting.add(root);
        continue;
      }
      if (isOfOtherTeam(decision, this.user)) this.raised.add(root);
      if (this.waiting.delete(root) && !isWithdrawn(decision)) announce(decision);
    }
    this.connection.painter.soon();
  }

  /** The worst alert of each call that somebody has. */
  get inHand(): Alert[] {
    const seen = new Set<string>();
    return this.alerts()
      .filter(({ call, decision }) => decision.claimedBy && !call.endedAt && decision.settled !== "withdrawn")
      .sort(worstFirst)
      .filter(({ call }) => !seen.has(call.id) && seen.add(call.id));
  }

  get live(): Call[] {
    return [...this.calls.values()].filter((one) => !one.endedAt);
  }

  doingOf(decision: Known): Doing {
    return this.doing.get(decision.decision_id) ?? IDLE;
  }

  /** Carry something out for an alert; what goes wrong stands on its card. */
  async carryOut(decision: Known, act: () => Promise<unknown>, done = ""): Promise<boolean> {
    const id = decision.decision_id;
    this.note(id, { isBusy: true, error: "" });
    try {
      await act();
      if (done) tell(done);
      this.note(id, IDLE);
      return true;
    } catch (error) {
      const isGone = error instanceof ApiError && error.status === 404;
      if (isGone) this.gone.add(id);
      this.note(id, { isBusy: false, error: isGone ? "" : t("not_done", { why: sentence(error) }) });
      if (isGone) tell(t("alert_gone"), true); // all else is read out on its card
      return false;
    }
  }

  private note(id: string, doing: Doing): void {
    this.doing.set(id, doing);
    this.connection.painter.soon();
  }

  claim(decision: Known): Promise<boolean> {
    return this.carryOut(decision, () => ask("POST /api/alerts/{decision_id}/claim", { decision_id: decision.decision_id }));
  }

  acknowledge(decision: Known): Promise<boolean> {
    return this.carryOut(decision, () =>
      ask("POST /api/alerts/{decision_id}/acknowledge", { decision_id: decision.decision_id }),
    );
  }

  join({ call, decision }: Alert): Promise<boolean> {
    const request = () => ask("POST /api/calls/{call_id}/request", { call_id: call.id }, { tactic: "interject" });
    return this.carryOut(decision, request, t("asked_to_join"));
  }

  handOver(decision: Known, to: string): Promise<boolean> {
    const places = { decision_id: decision.decision_id };
    return this.carryOut(decision, () => ask("POST /api/alerts/{decision_id}/hand-over", places, { to }));
  }

  decline(decision: Known, reason: string): Promise<boolean> {
    const places = { decision_id: decision.decision_id };
    return this.carryOut(decision, () => ask("POST /api/alerts/{decision_id}/decline", places, { reason }));
  }

  decide(decision: Known, measures: string[], note: string): Promise<boolean> {
    const places = { decision_id: decision.decision_id };
    const send = () => ask("POST /api/alerts/{decision_id}/threat", places, { measures, note });
    return this.carryOut(decision, send, t("threat_done"));
  }

  /** One act for who is needed at once: everybody is told, then the dock opens and brings the reader into the call. */
  async claimAndJoin(alert: Alert): Promise<void> {
    const isMine = await this.claim(alert.decision);
    if (isMine && !alert.call.endedAt) await this.joining.open(alert.call);
  }
}

/** Let the reader notice an alert without looking. */
function announce(alert: DecisionEvent): void {
  tell(t("alert_said", { category: category(alert.category), words: alert.because || alert.text }), alert.urgent);
  softSound();
  notify(t("notify_alert", { category: category(alert.category) }), alert.decision_id);
}

export const isWithdrawn = (decision: Known) => decision.settled === "withdrawn";

function worstFirst(one: Alert, other: Alert): number {
  if (isWithdrawn(one.decision) !== isWithdrawn(other.decision))
    return Number(isWithdrawn(one.decision)) - Number(isWithdrawn(other.decision));
  if (one.decision.urgent !== other.decision.urgent) return Number(other.decision.urgent) - Number(one.decision.urgent);
  return other.decision.severity - one.decision.severity || one.decision.seq - other.decision.seq;
}
