// What the address wants is asked for while the code is still on its way: the answers are there when the screen is.

import { ask } from "../api/client";
import { me } from "../api/session";
import type { User } from "../api/types";
import type { Story } from "./types";

export interface Found {
  story: Story;
  /** A byte for each stretch of each channel, one channel after the other; empty without a recording. Old ones are measured first. */
  levels: Promise<Uint8Array>;
}

const began = new Map<string, Promise<Found>>();
let user: Promise<User> | null = null;

/** Who is logged in: asked once. */
export function whoIsIt(): Promise<User> {
  user ??= me();
  return user;
}

/** Begin to load a call; what goes wrong is told to whoever takes it. */
export function begin(callId: string, where: string): void {
  const found = load(callId, where);
  found.catch(() => undefined);
  began.set(callId, found);
}

/** Return a call: the one that was begun, once, or a fresh one. */
export function take(callId: string, where: string): Promise<Found> {
  const found = began.get(callId) ?? load(callId, where);
  began.delete(callId);
  return found;
}

async function load(callId: string, where: string): Promise<Found> {
  const story = await ask<Story>("GET /api/calls/{call_id}/story", { call_id: callId }, undefined, { where });
  return { story, levels: story.recording.state === "kept" ? levelsOf(callId) : Promise.resolve(new Uint8Array()) };
}

async function levelsOf(callId: string): Promise<Uint8Array> {
  try {
    const answer = await fetch(`/api/calls/${encodeURIComponent(callId)}/recording/peaks`);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : new Uint8Array();
  } catch {
    return new Uint8Array(); // the call can be heard and read without its picture
  }
}
