// The stage: everything of a call over one line of time. Marks, both sides of the sound, scores by category, and the playhead over all.

import { type CSSProperties, memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { nameOf } from "../api/people";
import { category, clockTime, gapWord, span, stateWord, t, tactic } from "../i18n";
import { Button } from "../ui/Button";
import { Shape } from "../ui/Shape";
import { type ReplayDesk, useDesk } from "./desk";
import { Scores } from "./Scores";
import { changeWord, placeOf, SIGN } from "./TrialPanel";
import type { Trial } from "./trial";
import { STATE_OF_SEVERITY, type StoryLine, type StoryMark } from "./types";
import { Wave } from "./Wave";

const ZOOMS = [1, 2, 4, 8, 16];
const TICKS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const TICK_PX = 88;

const left = (atS: number, desk: ReplayDesk): CSSProperties => ({ left: `${(100 * atS) / desk.durationS}%` });

/** `trial` is there while somebody asks «what if». */
export function Stage({ desk, shown, trial }: { desk: ReplayDesk; shown: string[]; trial: Trial | null }) {
  useDesk(desk);
  const [zoom, setZoom] = useState(1);
  const scroll = useRef<HTMLDivElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      desk.onMove((atS) => {
        const box = scroll.current;
        const width = track.current?.clientWidth ?? 0;
        if (!box || !head.current || !width) return;
        const x = (atS / desk.durationS) * width;
        head.current.style.transform = `translateX(${x}px)`;
        const isOut = x < box.scrollLeft || x > box.scrollLeft + box.clientWidth - 16;
        if (isOut && desk.isFollowing) box.scrollLeft = x - box.clientWidth / 4;
      }),
    [desk, zoom],
  );
  useLayoutEffect(() => {
    if (scroll.current && track.current)
      scroll.current.scrollLeft = (desk.atS / desk.durationS) * track.current.clientWidth - scroll.current.clientWidth / 2;
  }, [zoom]);
  const place = (event: { clientX: number }) => {
    const box = track.current?.getBoundingClientRect();
    if (box) desk.seek(((event.clientX - box.left) / box.width) * desk.durationS);
  };
  const { story } = desk;
  if (!story) return null;
  const sides = story.recording.channels;
  return (
    <section className="stage well" aria-label={t("qa_stage")}>
      <div className="gutter" aria-hidden="true">
        <span className="lane ruler" />
        <span className="lane marks">{t("qa_lane_marks")}</span>
        {trial && <span className="lane marks">{t("wi_lane")}</span>}
        {sides.map((side) => (
          <span key={side} className="lane side">
            {side === "unknown" ? t("qa_lane_sound") : t(`who_${side}`)}
          </span>
        ))}
        {shown.map((one) => (
          <span key={one} className="lane score">
            {category(one)}
          </span>
        ))}
      </div>
      <div className="scroll" ref={scroll}>
        {/* A slider for the keyboard stands in the controls; the pointer may use the whole stage. */}
        <div
          className="track"
          ref={track}
          style={{ width: `${zoom * 100}%` }}
          onPointerDown={(event) => {
            if (event.button !== 0 || (event.target as Element).closest("button")) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            place(event);
          }}
          onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && place(event)}
        >
          <Ruler desk={desk} zoom={zoom} />
          <Marks desk={desk} />
          {trial && <Changes desk={desk} trial={trial} />}
          {sides.length > 0 && <Sound desk={desk} zoom={zoom} />}
          <Scores desk={desk} shown={shown} tried={trial?.at ?? null} />
          <div className="head" ref={head} aria-hidden="true" />
        </div>
      </div>
      <div className="zoom">
        <Button size="small" look="plain" disabled={zoom === 1} onClick={() => setZoom(zoom / 2)} aria-label={t("qa_zoom_out")}>
          −
        </Button>
        <Button
          size="small"
          look="plain"
          disabled={zoom === ZOOMS.at(-1)}
          onClick={() => setZoom(zoom * 2)}
          aria-label={t("qa_zoom_in")}
        >
          +
        </Button>
      </div>
    </section>
  );
}

/** Categories that came near their threshold at least once, worst first; a lane for what was never heard tells nothing. */
export function shownCategories(desk: ReplayDesk): string[] {
  const most: Record<string, number> = {};
  for (const line of desk.lines)
    for (const [name, score] of Object.entries(line.scores)) most[name] = Math.max(most[name] ?? 0, score);
  const limits = desk.story?.thresholds ?? {};
  return Object.keys(limits).filter((name) => (most[name] ?? 0) >= Math.min(0.3, (limits[name] ?? 1) / 2));
}

function Ruler({ desk, zoom }: { desk: ReplayDesk; zoom: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!box.current) return;
    const watched = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    watched.observe(box.current);
    return () => watched.disconnect();
  }, [zoom]);
  const every = TICKS_S.find((one) => (one / desk.durationS) * width >= TICK_PX) ?? 3600;
  const ticks = width ? Array.from({ length: Math.floor(desk.durationS / every) + 1 }, (_, n) => n * every) : [];
  return (
    <div className="lane ruler number" ref={box} aria-hidden="true">
      {ticks.map((at) => (
        <span key={at} style={left(at, desk)}>
          {span(at)}
        </span>
      ))}
    </div>
  );
}

/** Both sides' sound, with what the caller said that counted tinted behind it. */
function Sound({ desk, zoom }: { desk: ReplayDesk; zoom: number }) {
  const sides = desk.story?.recording.channels.length ?? 1;
  return (
    <div className="sound" data-sides={sides}>
      <Tints lines={desk.lines} durationS={desk.durationS} />
      <Wave desk={desk} zoom={zoom} />
    </div>
  );
}

const Tints = memo(function Tints({ lines, durationS }: { lines: StoryLine[]; durationS: number }) {
  return lines
    .filter((line) => line.labels.length > 0)
    .map((line) => (
      <span
        key={line.segment}
        className="tint"
        data-state={line.labels.includes("self_harm") ? "care" : (STATE_OF_SEVERITY[line.severity] ?? "heated")}
        style={{ left: `${(100 * line.start_s) / durationS}%`, width: `${(100 * (line.end_s - line.start_s)) / durationS}%` }}
      />
    ));
});

const SIGNS: Partial<Record<StoryMark["kind"], ReactNode>> = { card: "◆", help: "✚", panic: "✚", request: "➜", warning: "!" };

export function markWord(mark: StoryMark): string {
  switch (mark.kind) {
    case "join":
      return t(`joined_${mark.what === "whisper" ? "listen" : (mark.what as "listen" | "interject" | "take_over")}`, {
        name: mark.by,
      });
    case "gap":
    case "lost":
      return mark.kind === "gap" ? gapWord(mark.what) : t("gap_unwritten");
    case "card":
      return t("qa_mark_card", { card: tactic(mark.what) });
    case "request":
      return t("qa_mark_request", { act: tactic(mark.what) });
    case "help":
      return t("category_help");
    case "panic":
      return t("category_panic");
    case "warning":
      return t("qa_mark_warning");
    case "state":
      return stateWord(mark.what);
    default:
      return mark.what;
  }
}

function Marks({ desk }: { desk: ReplayDesk }) {
  const story = desk.story;
  if (!story) return null;
  const bars = story.marks.filter((mark) => ["join", "gap", "lost"].includes(mark.kind));
  const points = story.marks.filter((mark) => SIGNS[mark.kind]);
  return (
    <div className="lane marks">
      {bars.map((mark, place) => (
        <span
          key={place}
          className={`bar-mark ${mark.kind}`}
          title={`${span(mark.start_s)} ${markWord(mark)}`}
          style={{ ...left(mark.start_s, desk), width: `${(100 * (mark.end_s - mark.start_s)) / desk.durationS}%` }}
        />
      ))}
      {points.map((mark, place) => (
        <button
          key={place}
          type="button"
          tabIndex={-1}
          className="point-mark"
          style={left(mark.start_s, desk)}
          title={`${span(mark.start_s)} ${markWord(mark)}${mark.by ? ` · ${nameOf(mark.by)}` : ""}`}
          onClick={() => desk.seek(mark.start_s)}
        >
          {SIGNS[mark.kind]}
        </button>
      ))}
      {story.comments.map(
        (one, place) =>
          one.at_s !== null && (
            <button
              key={`c${place}`}
              type="button"
              tabIndex={-1}
              className="point-mark comment"
              style={left(one.at_s, desk)}
              title={`${span(one.at_s)} ${nameOf(one.by)}, ${clockTime(one.at)}`}
              onClick={() => desk.seek(one.at_s ?? 0)}
            >
              ❝
            </button>
          ),
      )}
      {story.alerts.map((alert) => (
        <button
          key={alert.decision_id}
          type="button"
          className="point-mark alert-mark"
          data-state={alert.state}
          style={left(alert.heard_s, desk)}
          aria-label={t("qa_go_to_alert", { at: span(alert.heard_s), category: category(alert.category) })}
          title={`${span(alert.heard_s)} ${category(alert.category)}`}
          onClick={() => desk.seek(alert.heard_s)}
        >
          <Shape of={alert.state} />
        </button>
      ))}
    </div>
  );
}

/** Alerts that would come, go or move; those that stay are on the lane above. */
function Changes({ desk, trial }: { desk: ReplayDesk; trial: Trial }) {
  const changes = trial.found?.changes.filter((one) => one.fate !== "stays") ?? [];
  return (
    <div className="lane marks changes-lane" data-asking={trial.isAsking}>
      {changes.map((one) => {
        const [from, to] = [one.before_s ?? 0, one.after_s ?? 0];
        return (
          <span key={`${one.fate}${one.category}${from} ${to}`} data-fate={one.fate}>
            {one.fate === "moves" && (
              <span
                className="way"
                style={{ ...left(Math.min(from, to), desk), width: `${(100 * Math.abs(to - from)) / desk.durationS}%` }}
              />
            )}
            <button
              type="button"
              tabIndex={-1}
              className="point-mark"
              style={left(placeOf(one), desk)}
              title={changeWord(one)}
              onClick={() => desk.seek(placeOf(one))}
            >
              {SIGN[one.fate]}
            </button>
          </span>
        );
      })}
    </div>
  );
}
