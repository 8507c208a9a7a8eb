// What the replay screen knows and does: the call's story, the playhead, what is heard, and who wants to know when that changes.

import { useSyncExternalStore } from "react";
import { ask } from "../api/client";
import { loadPeople } from "../api/people";
import type { Channel, User } from "../api/types";
import { type Found, take } from "./early";
import { Player, type Side, SPEEDS } from "./player";
import type { CallComment, Correction, Story, StoryAlert, StoryLine } from "./types";

const JUMP_S = 5;
const SAME_PLACE_S = 0.25;
/** How often a call that goes on is asked for again. */
const AGAIN_MS = 5000;

export const keyOf = (line: { channel: Channel; segment: number }) => `${line.channel}:${line.segment}`;

export class ReplayDesk {
  story: Story | null = null;
  /** Loudness over time, 0 to 1, for each channel of the recording; empty where there is none. */
  peaks: Float32Array[] = [];
  player: Player | null = null;
  side: Side = "both";
  /** Whether the transcript stays where the playhead is. */
  isFollowing = true;
  /** Why it does not play; empty when it does. */
  playError = "";
  private silentS = 0;
  private isClosed = false;
  private version = 0;
  private readonly listeners = new Set<() => void>();
  private readonly movers = new Set<(atS: number) => void>();
  private frame = 0;
  private later = 0;

  constructor(
    readonly callId: string,
    readonly user: User,
    private readonly where: string,
  ) {}

  async load(): Promise<this> {
    const [found] = await Promise.all([take(this.callId, this.where), loadPeople()]);
    this.show(found);
    return this;
  }

  private show({ story, levels }: Found): void {
    this.story = story;
    if (story.ended_at === null) this.later = window.setTimeout(() => void this.loadAgain(), AGAIN_MS);
    if (story.recording.state === "kept") {
      const address = `/api/calls/${encodeURIComponent(this.callId)}/recording`;
      void levels.then((found) => {
        if (found.length) this.peaks = split(found, story.recording.channels.length);
        this.changed();
      });
      const query = new URLSearchParams({ where: this.where }).toString();
      this.player = new Player(`${address}?${query}`, story.recording.channels.length === 2, () => this.changed());
    }
    this.changed();
  }

  /** Keep up with a call that goes on, until it is over. */
  private async loadAgain(): Promise<void> {
    const found = document.hidden ? null : await take(this.callId, this.where).catch(() => null);
    if (this.isClosed) return;
    if (found) this.show(found);
    else this.later = window.setTimeout(() => void this.loadAgain(), AGAIN_MS);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.later);
    cancelAnimationFrame(this.frame);
    this.player?.close();
  }

  // --- the playhead ---------------------------------------------------------------------------------

  get durationS(): number {
    return Math.max(this.story?.duration_s ?? 0, 0.1);
  }

  /** Where the playhead stands, in seconds of the call. */
  get atS(): number {
    return this.player?.atS ?? this.silentS;
  }

  get isPlaying(): boolean {
    return this.player?.isPlaying ?? false;
  }

  get speed(): number {
    return this.player?.speed ?? 1;
  }

  /** Put the playhead somewhere; without a recording it still leads through the words. */
  seek(atS: number): void {
    const place = Math.min(Math.max(0, atS), this.durationS);
    if (this.player) this.player.seek(place);
    else this.silentS = place;
    this.isFollowing = true;
    this.changed();
  }

  async play(): Promise<void> {
    try {
      await this.player?.play();
      this.playError = "";
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.playError = String(error);
    }
    this.changed();
  }

  toggle(): void {
    if (this.isPlaying) this.player?.pause();
    else void this.play();
  }

  jump(bySeconds: number): void {
    this.seek(this.atS + bySeconds);
  }

  /** One step faster or slower. */
  shift(steps: number): void {
    const place = SPEEDS.findIndex((one) => one >= this.speed - 0.001);
    this.setSpeed(SPEEDS[Math.min(Math.max(0, place + steps), SPEEDS.length - 1)] ?? 1);
  }

  setSpeed(speed: number): void {
    if (this.player) this.player.speed = speed;
    this.changed();
  }

  listenTo(side: Side): void {
    this.side = side;
    this.player?.listenTo(side);
    this.changed();
  }

  setFollowing(isFollowing: boolean): void {
    if (this.isFollowing === isFollowing) return;
    this.isFollowing = isFollowing;
    this.changed();
  }

  /** The shuttle of editors: J goes back, K stands still, L plays, and faster each time. */
  shuttle(key: "j" | "k" | "l"): void {
    if (key === "j") this.jump(-JUMP_S);
    else if (key === "k") this.player?.pause();
    else if (this.isPlaying) this.shift(1);
    else void this.play();
  }

  // --- what was said and raised ---------------------------------------------------------------------

  get lines(): StoryLine[] {
    return this.story?.lines ?? [];
  }

  get alerts(): StoryAlert[] {
    return this.story?.alerts ?? [];
  }

  /** The utterance at the playhead: the last that has begun. */
  get current(): StoryLine | null {
    const at = this.atS + 0.05;
    let found: StoryLine | null = null;
    for (const line of this.lines) {
      if (line.start_s > at) break;
      found = line;
    }
    return found;
  }

  /** Go to the utterance before or after. */
  step(by: 1 | -1): void {
    const at = this.atS;
    const later = this.lines.find((line) => line.start_s > at + SAME_PLACE_S);
    const earlier = this.lines.findLast((line) => line.start_s < at - SAME_PLACE_S);
    const found = by > 0 ? later : earlier;
    if (found) this.seek(found.start_s);
  }

  /** Go to the next alert, or the one before; after the last comes the first. */
  stepAlert(by: 1 | -1): StoryAlert | null {
    const places = this.alerts.toSorted((a, b) => a.heard_s - b.heard_s);
    if (by < 0) places.reverse();
    const isAhead = (one: StoryAlert) => (by > 0 ? one.heard_s > this.atS + SAME_PLACE_S : one.heard_s < this.atS - SAME_PLACE_S);
    const found = places.find(isAhead) ?? places[0] ?? null;
    if (found) this.seek(found.heard_s);
    return found;
  }

  // --- what people write ----------------------------------------------------------------------------

  async correct(line: StoryLine, text: string): Promise<void> {
    const places = { call_id: this.callId, channel: line.channel, segment: String(line.segment) };
    const made = await ask<Correction>("PUT /api/calls/{call_id}/words/{channel}/{segment}", places, { text });
    this.change({
      lines: this.lines.map((one) =>
        keyOf(one) === keyOf(line) ? { ...one, text: made.text, corrected_by: made.by, corrected_at: made.at } : one,
      ),
    });
  }

  async comment(text: string, atS: number): Promise<void> {
    const written = { text, at_s: Math.round(atS * 10) / 10 };
    const made = await ask<CallComment>("POST /api/calls/{call_id}/comments", { call_id: this.callId }, written);
    const known = this.story?.comments ?? [];
    if (!known.includes(made)) this.change({ comments: [...known, made] });
  }

  private change(part: Partial<Story>): void {
    if (this.story) this.story = { ...this.story, ...part };
    this.changed();
  }

  // --- who wants to know ----------------------------------------------------------------------------

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  snapshot = () => this.version;

  /** Be told where the playhead is, now and as often as the screen is drawn while it moves. */
  onMove(mover: (atS: number) => void): () => void {
    this.movers.add(mover);
    mover(this.atS);
    return () => this.movers.delete(mover);
  }

  private changed(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
    this.move();
  }

  private move(): void {
    cancelAnimationFrame(this.frame);
    for (const mover of this.movers) mover(this.atS);
    if (this.isPlaying) this.frame = requestAnimationFrame(() => this.move());
  }
}

/** Draw this component anew when the desk changes; while it plays, that is not at every moment. */
export function useDesk(desk: ReplayDesk): void {
  useSyncExternalStore(desk.subscribe, desk.snapshot);
}

function split(levels: Uint8Array, channels: number): Float32Array[] {
  const length = Math.floor(levels.length / Math.max(channels, 1));
  return Array.from({ length: channels }, (_, place) =>
    Float32Array.from(levels.subarray(place * length, (place + 1) * length), (level) => level / 255),
  );
}
