// What the teams were told of the last two days: that a call was hard, never whose. What is put away is put away in this browser.

import { useEffect, useRef, useState } from "react";
import { ask } from "../api/client";
import { dayTime, t, tn } from "../i18n";
import { told } from "../i18n/told";
import { choice, useChoice } from "../signals";
import { Button } from "./Button";
import { tell } from "./tell";

const FRESH_MS = 60_000;

interface TeamNotice {
  notice_id: string;
  at: string;
  team: string;
  text: string;
}

export interface Unread {
  notices: TeamNotice[];
  putAway: (ids: string[]) => void;
}

/** Notices that the reader has not put away; asked for anew each minute, and when `moment` changes. */
export function useUnread(reader: string, moment = ""): Unread {
  const [found, setFound] = useState<TeamNotice[]>([]);
  const [kept] = useState(() => choice(`notices_away.${reader}`, ""));
  const away = new Set(useChoice(kept).split(" "));
  useEffect(() => {
    const load = () => void ask<TeamNotice[]>("GET /api/notices", {}).then(setFound, () => undefined); // what is there stays
    load();
    const again = setInterval(() => document.hidden || load(), FRESH_MS);
    return () => clearInterval(again);
  }, [moment]);
  return {
    notices: found.filter((one) => !away.has(one.notice_id)),
    putAway(ids) {
      // Only those that can still come: the list does not grow.
      const all = found.map((one) => one.notice_id).filter((id) => away.has(id) || ids.includes(id));
      kept.set(all.join(" "));
      tell(t("team_notice_gone"));
    },
  };
}

/** During a call: that there is something to read, and no more. */
export function NoticesMark({ unread }: { unread: Unread }) {
  const n = unread.notices.length;
  return n === 0 ? null : (
    <span className="tag" id="notices-mark">
      {tn("team_notices_wait", n)}
    </span>
  );
}

/** Between calls: each sentence once, and when and to which team it was said. */
export function NoticeList({ unread }: { unread: Unread }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { notices, putAway } = unread;
  if (notices.length === 0) return null;
  return (
    <section className="team-notices" id="team-notices" aria-labelledby="team-notices-title">
      <h2 id="team-notices-title" ref={heading} tabIndex={-1}>
        {t("team_notices")}
      </h2>
      <Told unread={unread} onAway={() => heading.current?.focus()} />
      {notices.length > 1 && (
        <Button size="small" onClick={() => putAway(notices.map((one) => one.notice_id))}>
          {t("team_notice_read_all")}
        </Button>
      )}
    </section>
  );
}

/** On the board: what the teams know, folded. */
export function NoticeFold({ unread }: { unread: Unread }) {
  const summary = useRef<HTMLElement>(null);
  const { notices, putAway } = unread;
  if (notices.length === 0) return null;
  return (
    <details className="queue team-notices" id="team-notices">
      <summary ref={summary}>
        {t("team_notices_all")} <strong>{notices.length}</strong>
      </summary>
      <div className="inside">
        <p className="soft">{t("team_notices_explained")}</p>
        <Told unread={unread} onAway={() => summary.current?.focus()} />
        {notices.length > 1 && (
          <Button size="small" onClick={() => putAway(notices.map((one) => one.notice_id))}>
            {t("team_notice_read_all")}
          </Button>
        )}
      </div>
    </details>
  );
}

function Told({ unread: { notices, putAway }, onAway }: { unread: Unread; onAway: () => void }) {
  const texts = [...new Set(notices.map((one) => one.text))];
  return texts.map((text) => (
    <div key={text} className="told">
      <p>{told(text)}</p>
      <ul>
        {notices
          .filter((one) => one.text === text)
          .map((one) => (
            <li key={one.notice_id}>
              <span className="soft">
                {one.team && `${one.team} · `}
                <time className="number" dateTime={one.at}>
                  {dayTime(one.at)}
                </time>
              </span>
              <Button
                size="small"
                look="plain"
                aria-label={t("team_notice_read_of", { when: dayTime(one.at) })}
                onClick={() => {
                  putAway([one.notice_id]);
                  onAway();
                }}
              >
                {t("team_notice_read")}
              </Button>
            </li>
          ))}
      </ul>
    </div>
  ));
}
