// What the dock knows and does: one call that the reader takes part in.

import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import type { Card, JoinMode as Mode, JoinWay as Way } from "../api/types";
import { t } from "../i18n";
import { told } from "../i18n/told";
import type { Call } from "../model/call";
import { tell } from "../ui/tell";
import { JoinPeer, type Levels } from "./peer";

export interface Ways {
  browser: Mode[];
  phone: Mode[];
  phone_system: string;
  call_instead: string;
  agent_is_told: "always" | "by_mode";
  ice_servers: RTCIceServer[];
}

interface Found {
  ways: Ways;
  inside: { join_id: string; by: string; mode: Mode; way: Way }[];
}

export class JoinDesk {
  call: Call | null = null;
  /** The reader did not open it now: they were in this call when the page was loaded. */
  isFound = false;
  mode: Mode = "listen";
  way: Way = "browser";
  ways: Ways | null = null;
  levels: Levels = {};
  wording = "";
  error = "";
  isBusy = false;
  private joinId = "";
  /** Counts what is carried out: an answer that comes after the reader has gone on changes nothing. */
  private runs = 0;
  private peer: JoinPeer | null = null;
  /** Calls to which this page has a telephone ring. */
  private readonly ringing = new Set<string>();

  /** `redraw` is called when something has changed. */
  constructor(private readonly redraw: () => void) {
    window.addEventListener("pagehide", () => this.close());
  }

  get isIn(): boolean {
    return this.joinId !== "";
  }

  get modes(): Mode[] {
    return this.ways?.[this.way] ?? [];
  }

  /** Look at how a call can be joined, and listen to it. */
  async open(call: Call): Promise<void> {
    const isUnderWay = this.isIn || this.isBusy;
    if (isUnderWay && this.call?.id === call.id) return;
    if (isUnderWay) await this.leave();
    this.call = call;
    this.isFound = false;
    await this.carryOut(async () => {
      await this.look(call);
      if (this.call === call) await this.byBrowser(call);
    });
  }

  private async look(call: Call): Promise<Found> {
    const found = await ask<Found>("GET /api/calls/{call_id}/join", { call_id: call.id });
    const cards = await ask<Card[]>("GET /api/cards", {}, undefined, { call: call.id });
    if (this.call === call) {
      this.ways = found.ways;
      this.wording = cards.find((card) => card.tactic === "interject")?.text ?? "";
    }
    return found;
  }

  /** Show again the call in which the reader is by telephone: that outlives the page, the browser's own way in does not. */
  async resume(call: Call, reader: string): Promise<void> {
    if (this.call || this.ringing.has(call.id)) return;
    this.call = call;
    this.isFound = true;
    await this.carryOut(async () => {
      const found = await this.look(call).catch(() => null);
      if (this.call !== call) return;
      const mine = found?.inside.find((one) => one.by === reader && one.way === "phone");
      if (!mine) {
        this.call = null; // it is over by now: nothing that the reader asked for has failed
        return;
      }
      this.joinId = mine.join_id;
      this.mode = mine.mode;
      this.way = "phone";
    });
  }

  /** The server has changed this join, from this page or another. */
  changed(joinId: string, mode: Mode): void {
    if (joinId === this.joinId && !this.isBusy) this.mode = mode;
  }

  private async byBrowser(call: Call): Promise<void> {
    const peer = new JoinPeer(
      this.ways?.ice_servers ?? [],
      (levels) => {
        this.levels = levels;
        this.redraw();
      },
      () => this.lose(t("join_lost")),
    );
    this.peer = peer;
    this.way = "browser";
    try {
      const sdp = await peer.offer();
      if (this.peer !== peer) return;
      const joined = await ask<{ join_id: string; sdp: string }>(
        "POST /api/calls/{call_id}/join",
        { call_id: call.id },
        { mode: "listen", sdp },
      );
      if (this.peer !== peer) return await hangUp(call, joined.join_id); // nobody listens in without knowing it
      this.joinId = joined.join_id;
      this.mode = "listen";
      await peer.accept(joined.sdp);
    } catch (error) {
      if (this.peer !== peer) return;
      const joinId = this.joinId;
      this.close();
      if (joinId) void hangUp(call, joinId);
      throw error;
    }
  }

  /** Let the phone system call the reader instead. */
  async byPhone(mode: Mode): Promise<void> {
    const call = this.call;
    if (!call) return;
    await this.carryOut(async () => {
      this.close();
      this.ringing.add(call.id);
      try {
        const joined = await ask<{ join_id: string }>("POST /api/calls/{call_id}/join", { call_id: call.id }, { mode });
        if (this.call !== call) return await hangUp(call, joined.join_id);
        this.joinId = joined.join_id;
        this.mode = mode;
        this.way = "phone";
      } finally {
        this.ringing.delete(call.id);
      }
    });
  }

  async choose(mode: Mode): Promise<void> {
    const call = this.call;
    if (!call || !this.isIn || mode === this.mode) return;
    await this.carryOut(async () => {
      if (mode !== "listen") await this.peer?.speak(true);
      try {
        await ask("PATCH /api/calls/{call_id}/join/{join_id}", { call_id: call.id, join_id: this.joinId }, { mode });
      } catch (error) {
        if (this.mode === "listen") await this.peer?.speak(false);
        throw error;
      }
      if (mode === "listen") await this.peer?.speak(false);
      this.mode = mode;
      tell(t(`join_now_${mode}`));
    });
  }

  async handOver(to: string): Promise<void> {
    const call = this.call;
    if (!call || !to) return;
    await this.carryOut(async () => {
      const places = { call_id: call.id, join_id: this.joinId };
      await ask("PATCH /api/calls/{call_id}/join/{join_id}", places, { hand_over_to: to });
      tell(t("join_offered", { name: nameOf(to) }));
    });
  }

  async leave(): Promise<void> {
    const [call, joinId] = [this.call, this.joinId];
    this.close();
    this.runs += 1;
    this.isBusy = false;
    this.call = null;
    this.error = "";
    if (call && joinId) await hangUp(call, joinId);
    this.redraw();
  }

  /** The server has ended this join: the call is over, or a colleague has it. */
  ended(joinId: string, because: string): void {
    if (joinId === this.joinId) this.lose(told(because) || t("join_over"));
  }

  private lose(why: string): void {
    this.close();
    this.error = why;
    this.redraw();
  }

  private close(): void {
    this.peer?.close();
    this.peer = null;
    this.joinId = "";
    this.levels = {};
  }

  private async carryOut(act: () => Promise<void>): Promise<void> {
    this.runs += 1;
    const run = this.runs;
    this.isBusy = true;
    this.error = "";
    this.redraw();
    let error = "";
    try {
      await act();
    } catch (failed) {
      error = t("join_failed", { why: sentence(failed) });
      if (this.ways?.call_instead) error += ` ${t("join_call_instead", { number: this.ways.call_instead })}`;
    }
    if (run !== this.runs) return;
    this.error ||= error;
    this.isBusy = false;
    this.redraw();
  }
}

const hangUp = async (call: Call, joinId: string): Promise<void> => {
  await ask("DELETE /api/calls/{call_id}/join/{join_id}", { call_id: call.id, join_id: joinId }).catch(() => undefined);
};
