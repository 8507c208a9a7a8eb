// What the replay screen knows and does: the call's story, the playhead, and who wants to know when it moves.

import { ask } from "../api/client";
import type { CallEvent, CallRecord, User } from "../api/types";
import { Call, type Known, type TalkLine } from "../model/call";

export class ReplayDesk {
  readonly call: Call;
  record: CallRecord | null = null;
  /** Where the playhead stands, in seconds of the call. */
  atS = 0;
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly callId: string,
    readonly user: User,
  ) {
    this.call = new Call(callId);
  }

  async load(): Promise<this> {
    const places = { call_id: this.callId };
    this.record = await ask<CallRecord>("GET /api/calls/{call_id}", places);
    for (const event of await ask<CallEvent[]>("GET /api/calls/{call_id}/events", places)) this.call.take(event);
    return this;
  }

  get alerts(): Known[] {
    return this.call.alerts;
  }

  get lines(): TalkLine[] {
    return [...this.call.lines.values()].filter((line) => line.isFinal && line.text).sort((a, b) => a.startS - b.startS);
  }

  /** Put the playhead somewhere. */
  seek(atS: number): void {
    this.atS = Math.max(0, atS);
    this.changed();
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  protected changed(): void {
    for (const listener of this.listeners) listener();
  }
}
