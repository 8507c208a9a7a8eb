// The transcript of a replay: it follows the playhead and moves it, and takes corrections.

import { type FormEvent, memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { sentence } from "../api/client";
import { nameOf } from "../api/people";
import { category, dayTime, decimal, span, t } from "../i18n";
import { pieces } from "../model/call";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { Empty } from "../ui/Empty";
import { tell } from "../ui/tell";
import { keyOf, type ReplayDesk, useDesk } from "./desk";
import { markWord } from "./Stage";
import type { StoryLine, StoryMark } from "./types";

type Item = { at: number; line: StoryLine } | { at: number; mark: StoryMark };

const TOLD: StoryMark["kind"][] = ["join", "gap", "lost", "card", "help", "panic", "request", "warning"];

function itemsOf(desk: ReplayDesk): Item[] {
  const marks = (desk.story?.marks ?? []).filter((mark) => TOLD.includes(mark.kind));
  const items: Item[] = [
    ...desk.lines.map((line) => ({ at: line.start_s, line })),
    ...marks.map((mark) => ({ at: mark.start_s, mark })),
  ];
  return items.sort((one, other) => one.at - other.at);
}

interface Props {
  desk: ReplayDesk;
  correcting: string;
  onCorrect: (key: string) => void;
  onComment: (atS: number) => void;
}

export function Lines({ desk, correcting, onCorrect, onComment }: Props) {
  useDesk(desk);
  const list = useRef<HTMLOListElement>(null);
  const [current, setCurrent] = useState(() => (desk.current ? keyOf(desk.current) : ""));
  useEffect(() => desk.onMove(() => setCurrent(desk.current ? keyOf(desk.current) : "")), [desk]);
  useLayoutEffect(() => {
    const line = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (!line || !list.current || !desk.isFollowing || correcting) return;
    const room = list.current.clientHeight;
    const top = line.offsetTop - list.current.offsetTop;
    if (top < list.current.scrollTop || top + line.clientHeight > list.current.scrollTop + room)
      list.current.scrollTop = top - room / 3;
  }, [current, desk.isFollowing]);
  const items = itemsOf(desk);
  if (!desk.lines.length) return <Empty heading={t("nothing_written")} />;
  return (
    <ol
      className="lines well"
      id="lines"
      ref={list}
      tabIndex={0}
      aria-label={t("transcript")}
      onWheel={() => desk.setFollowing(false)}
      onTouchMove={() => desk.setFollowing(false)}
    >
      {items.map((item, place) =>
        "line" in item ? (
          <Line
            key={keyOf(item.line)}
            desk={desk}
            line={item.line}
            isCurrent={keyOf(item.line) === current}
            isCorrecting={keyOf(item.line) === correcting}
            onCorrect={onCorrect}
            onComment={onComment}
          />
        ) : (
          <li key={`m${place}`} className={`beside ${item.mark.kind}`}>
            <span className="number">{span(item.mark.start_s)}</span>
            <span>
              {item.mark.kind === "gap" || item.mark.kind === "lost"
                ? t("seconds_gap", { n: decimal(item.mark.end_s - item.mark.start_s), why: markWord(item.mark) })
                : markWord(item.mark)}
              {item.mark.by && item.mark.kind !== "join" && ` · ${nameOf(item.mark.by)}`}
            </span>
          </li>
        ),
      )}
    </ol>
  );
}

interface LineProps {
  desk: ReplayDesk;
  line: StoryLine;
  isCurrent: boolean;
  isCorrecting: boolean;
  onCorrect: (key: string) => void;
  onComment: (atS: number) => void;
}

const Line = memo(function Line({ desk, line, isCurrent, isCorrecting, onCorrect, onComment }: LineProps) {
  const looks = ["said", line.channel, line.is_reliable ? "" : "unreliable", isCurrent ? "current" : ""];
  return (
    <li className={looks.filter(Boolean).join(" ")} aria-current={isCurrent || undefined} id={`line-${keyOf(line)}`}>
      <button
        type="button"
        className="at number"
        onClick={() => desk.seek(line.start_s)}
        aria-label={t("qa_play_from", { at: span(line.start_s) })}
      >
        {span(line.start_s)}
      </button>
      <span className="who">{t(`who_${line.channel}`)}</span>
      <div className="body">
        {isCorrecting ? (
          <Correct desk={desk} line={line} onDone={() => onCorrect("")} />
        ) : (
          <>
            <span className="words">
              <Words line={line} />
            </span>
            {line.corrected_by && line.text !== line.heard && (
              <span className="heard soft">
                {t("qa_corrected", { name: nameOf(line.corrected_by), at: line.corrected_at ? dayTime(line.corrected_at) : "" })}{" "}
                · {t("qa_heard", { words: line.heard })}
              </span>
            )}
            {(line.labels.length > 0 || !line.is_reliable) && (
              <span className="tags">
                {line.labels.map((one) => (
                  <span key={one} className="tag strong">
                    {category(one)}
                  </span>
                ))}
                {!line.is_reliable && <span className="tag">{t("heard_unclearly")}</span>}
              </span>
            )}
          </>
        )}
      </div>
      {!isCorrecting && (
        <div className="line-acts">
          <Button size="small" look="plain" onClick={() => onCorrect(keyOf(line))} aria-label={named("qa_fix_words", line)}>
            {t("qa_fix")}
          </Button>
          <Button size="small" look="plain" onClick={() => onComment(line.start_s)} aria-label={named("qa_comment_at", line)}>
            {t("qa_comment")}
          </Button>
        </div>
      )}
    </li>
  );
});

const named = (key: "qa_fix_words" | "qa_comment_at", line: StoryLine) => t(key, { at: span(line.start_s) });

/** The marked words; in a corrected text those that are still in it. */
function Words({ line }: { line: StoryLine }) {
  const spans = line.text === line.heard ? line.spans : stillThere(line);
  return pieces(line.text, spans).map((one, place) =>
    one.category ? (
      <mark key={place} title={category(one.category)}>
        {one.text}
      </mark>
    ) : (
      one.text
    ),
  );
}

function stillThere(line: StoryLine) {
  const heard = Array.from(line.heard);
  return line.spans.flatMap((one) => {
    const words = heard.slice(one.start, one.end).join("").toLowerCase();
    const at = line.text.toLowerCase().indexOf(words);
    if (at < 0 || !words) return [];
    const start = Array.from(line.text.slice(0, at)).length;
    return [{ ...one, start, end: start + (one.end - one.start) }];
  });
}

function Correct({ desk, line, onDone }: { desk: ReplayDesk; line: StoryLine; onDone: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [error, setError] = useState("");
  useEffect(() => field.current?.focus(), []);
  async function save(event?: FormEvent) {
    event?.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (!text || text === line.text) return onDone();
    try {
      await desk.correct(line, text);
      tell(t("qa_fixed"));
      onDone();
    } catch (failed) {
      setError(t("not_done", { why: sentence(failed) }));
    }
  }
  return (
    <form className="correct" onSubmit={save}>
      <label>
        <span className="soft">{t("qa_fix_label")}</span>
        <textarea
          ref={field}
          defaultValue={line.text}
          rows={2}
          onKeyDown={(event) => {
            if (event.key === "Escape") onDone();
            if (event.key === "Enter" && !event.shiftKey) {
              event.preventDefault();
              void save();
            }
          }}
        />
      </label>
      <Complaint why={error} />
      <div className="acts">
        <Button size="small" type="submit">
          {t("save")}
        </Button>
        <Button size="small" look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
        {line.text !== line.heard && (
          <Button
            size="small"
            look="plain"
            onClick={() => {
              if (field.current) field.current.value = line.heard;
            }}
          >
            {t("qa_as_heard")}
          </Button>
        )}
      </div>
    </form>
  );
}
