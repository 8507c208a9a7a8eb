// What reviewers say of one call: loaded with the replay, and kept up as verdicts are given.

import { useSyncExternalStore } from "react";
import { ask } from "../api/client";
import type { ReplayDesk } from "./desk";
import type { StoryAlert, StoryLine } from "./types";

export const CATEGORIES = [
  "threat_personal",
  "threat_general",
  "intimidation",
  "sexual",
  "hate",
  "insult",
  "profanity",
  "rudeness",
  "unreasonable_demand",
  "self_harm",
] as const;

const SEVERITY: Record<string, number> = {
  threat_personal: 4,
  threat_general: 4,
  intimidation: 3,
  sexual: 3,
  hate: 3,
  insult: 2,
  profanity: 1,
  rudeness: 1,
  unreasonable_demand: 1,
};

/** How severe words of these categories are unless somebody says otherwise (callguard/reviewing.py). */
export const severityOf = (categories: string[]) => Math.max(0, ...categories.map((one) => SEVERITY[one] ?? 0));

export type About = "alert" | "words" | "missed";
export type Judgement = "right" | "wrong" | "too_late" | "missed";

export interface NewVerdict {
  about: About;
  subject?: string;
  segment?: number;
  at_s?: number;
  judgement: Judgement;
  categories?: string[];
  severity?: number | undefined;
  note?: string;
}

export interface Verdict {
  verdict_id: number;
  call_id: string;
  by: string;
  at: string;
  about: About;
  subject: string;
  segment: number;
  at_s: number;
  judgement: Judgement;
  was: string[];
  categories: string[];
  severity: number;
  note: string;
  policy: string;
  is_settling: boolean;
}

export interface Review {
  review_id: string;
  call_id: string;
  round: 1 | 2;
  drawn: "alerting" | "quiet" | "chosen";
  seed: string;
  reviewer: string;
  created_at: string;
  taken_at: string | null;
  finished_at: string | null;
}

export interface CallReview {
  own: Review | null;
  verdicts: Verdict[];
  is_blind: boolean;
  alerts: string[];
  disputed: string[];
}

export class Reviewing {
  seen: CallReview | null = null;
  /** What somebody is asked about just now: a subject, or «missed». */
  asking = "";
  private version = 0;
  private readonly listeners = new Set<() => void>();

  constructor(readonly desk: ReplayDesk) {}

  private get places() {
    return { call_id: this.desk.callId };
  }

  async load(): Promise<void> {
    this.seen = await ask<CallReview>("GET /api/calls/{call_id}/review", this.places);
    this.changed();
  }

  own(subject: string): Verdict | null {
    const by = this.desk.user.name;
    return this.seen?.verdicts.find((one) => one.subject === subject && one.by === by && !one.is_settling) ?? null;
  }

  others(subject: string): Verdict[] {
    const by = this.desk.user.name;
    return this.seen?.verdicts.filter((one) => one.subject === subject && (one.by !== by || one.is_settling)) ?? [];
  }

  get missed(): Verdict[] {
    return (this.seen?.verdicts ?? []).filter((one) => one.about === "missed").sort((a, b) => a.at_s - b.at_s);
  }

  /** The alert whose words were said last before the playhead; the first one before them all. */
  get alertHere(): StoryAlert | null {
    const judged = this.desk.alerts.filter((one) => one.settled !== "withdrawn").sort((a, b) => a.heard_s - b.heard_s);
    return judged.findLast((one) => one.heard_s <= this.desk.atS + 0.1) ?? judged[0] ?? null;
  }

  /** The caller's line at the playhead, or the last one before it. */
  get lineHere(): StoryLine | null {
    return this.desk.lines.findLast((one) => one.channel !== "agent" && one.start_s <= this.desk.atS + 0.1) ?? null;
  }

  async say(verdict: NewVerdict): Promise<Verdict> {
    const made = await ask<Verdict>("POST /api/calls/{call_id}/verdicts", this.places, verdict);
    this.asking = "";
    await this.load();
    return made;
  }

  async takeBack(subject: string): Promise<void> {
    await ask("DELETE /api/calls/{call_id}/verdicts/{subject}", { ...this.places, subject });
    await this.load();
  }

  async finish(): Promise<void> {
    await ask("POST /api/calls/{call_id}/review/finish", this.places);
    await this.load();
  }

  /** Ask what something is instead; an empty subject asks nothing. */
  ask(subject: string): void {
    this.asking = this.asking === subject ? "" : subject;
    this.changed();
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  snapshot = () => this.version;

  private changed(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

export function useReviewing(reviewing: Reviewing): void {
  useSyncExternalStore(reviewing.subscribe, reviewing.snapshot);
}
