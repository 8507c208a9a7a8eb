import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { category, decimal, gapWord, t } from "../i18n";
import { type Call, type Hole, pieces, type TalkLine } from "../model/call";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import type { AgentDesk } from "./desk";

const MOST_LINES = 400;
const NEAR_THE_END = 48;

function itemsOf(call: Call): (TalkLine | Hole)[] {
  const items: (TalkLine | Hole)[] = [...call.lines.values(), ...call.holes].filter((one) => "because" in one || one.text);
  return items.sort((one, other) => one.startS - other.startS).slice(-MOST_LINES);
}

/** What both sides say: the newest at the bottom, unless the reader has scrolled back. */
export function Talk({ desk }: { desk: AgentDesk }) {
  const list = useRef<HTMLOListElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const items = desk.call ? itemsOf(desk.call) : [];
  const follow = () => {
    if (isFollowing && list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  useLayoutEffect(follow);
  useEffect(() => {
    if (!list.current) return;
    const watched = new ResizeObserver(follow);
    watched.observe(list.current);
    return () => watched.disconnect();
  });
  return (
    <section className="talk" aria-label={t("talk_section")}>
      {items.length === 0 ? (
        <Nothing desk={desk} />
      ) : (
        <ol
          id="talk"
          tabIndex={0}
          aria-label={t("transcript")}
          ref={list}
          onScroll={({ currentTarget: at }) => setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_THE_END)}
        >
          {items.map((one) =>
            "because" in one ? (
              <Missing key={one.key} hole={one} />
            ) : (
              <Said key={one.key} line={one} version={one.version} isMine={desk.isMine} />
            ),
          )}
        </ol>
      )}
      {!isFollowing && items.length > 0 && (
        <Button className="newest" size="small" onClick={() => setFollowing(true)}>
          {t("newest")} ↓
        </Button>
      )}
    </section>
  );
}

/** One utterance; `version` says when it changed. */
const Said = memo(function Said({ line, isMine }: { line: TalkLine; version: number; isMine: boolean }) {
  const who = line.channel === "agent" && isMine ? t("who_you") : t(`who_${line.channel}`);
  const looks = ["said", line.channel, line.isFinal ? "" : "partial", line.isReliable ? "" : "unreliable"];
  return (
    <li className={looks.filter(Boolean).join(" ")}>
      <span className="who">{who}</span>
      <div>
        <span className="words">
          {pieces(line.text, line.spans).map((one, place) =>
            one.category ? (
              <mark key={place} title={category(one.category)}>
                {one.text}
              </mark>
            ) : (
              one.text
            ),
          )}
        </span>{" "}
        {(line.labels.length > 0 || !line.isReliable) && (
          <span className="tags">
            {line.labels.map((one) => (
              <span key={one} className="tag strong">
                {category(one)}
              </span>
            ))}
            {!line.isReliable && <span className="tag">{t("heard_unclearly")}</span>}
          </span>
        )}
      </div>
    </li>
  );
});

function Missing({ hole }: { hole: Hole }) {
  return <li className="hole">{t("seconds_gap", { n: decimal(hole.endS - hole.startS), why: gapWord(hole.because) })}</li>;
}

function Nothing({ desk }: { desk: AgentDesk }) {
  if (desk.isLive)
    return (
      <Empty heading={t("listening_heading")}>
        <p>{t("listening_next")}</p>
      </Empty>
    );
  if (desk.call) return <Empty heading={t("nothing_written")} />;
  return (
    <Empty heading={t("no_call_heading")}>
      <p>{t(desk.user.role === "agent" ? "no_call_agent" : "no_call_other")}</p>
      {desk.user.role !== "agent" && (
        <p>
          <a href="/board">{t("to_board")}</a>
        </p>
      )}
    </Empty>
  );
}
