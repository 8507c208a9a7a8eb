import { memo, useState } from "react";
import { editionOfPeople, nameOf, teamOf } from "../api/people";
import { category, guardWord, t, tn } from "../i18n";
import type { Call } from "../model/call";
import { Running } from "../ui/clock";
import { Empty } from "../ui/Empty";
import { StateBadge } from "../ui/Shape";
import type { BoardDesk } from "./desk";
import { useStable } from "./stable";

const keyOf = (call: Call) => call.id;

function loudestFirst(one: Call, other: Call): number {
  return other.rank - one.rank || Number(one.isGuarded) - Number(other.isGuarded) || one.id.localeCompare(other.id);
}

/** All live calls, worst first; the quiet ones are one line until somebody wants them. */
export function LiveList({ desk, live, isWall }: { desk: BoardDesk; live: Call[]; isWall: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const loud = live.filter((one) => one.state !== "quiet" || !one.isGuarded).sort(loudestFirst);
  const quiet = live.filter((one) => one.state === "quiet" && one.isGuarded);
  quiet.sort((one, other) => ((one.startedAt ?? "") < (other.startedAt ?? "") ? -1 : 1));
  const { list, items } = useStable<Call, HTMLUListElement>(loud, keyOf);
  if (live.length === 0)
    return (
      <div className="well" id="live-empty">
        <Empty heading={t("no_live")}>
          <p>{t("no_live_next")}</p>
        </Empty>
      </div>
    );
  return (
    <div className="well live">
      <ul id="live" ref={list}>
        {items.map((call) => (
          <Row key={call.id} call={call} version={call.version} people={editionOfPeople()} desk={desk} />
        ))}
      </ul>
      {quiet.length > 0 && (
        <details className="quiet" id="quiet" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>
            <StateBadge of="quiet" word={tn("quiet_calls", quiet.length)} id="quiet-word" />
          </summary>
          {isOpen && !isWall && (
            <ul id="quiet-list">
              {quiet.map((call) => (
                <Row key={call.id} call={call} version={call.version} people={editionOfPeople()} desk={desk} />
              ))}
            </ul>
          )}
        </details>
      )}
    </div>
  );
}

/** One call; `version` says when it changed, `people` when somebody did. */
const Row = memo(function Row({ call, desk }: { call: Call; version: number; people: number; desk: BoardDesk }) {
  const labels = call.last?.labels ?? [];
  const owner = call.claimedBy;
  const href = desk.mayRead(call) ? `/agent?call=${encodeURIComponent(call.id)}` : undefined;
  return (
    <li>
      <a className="call" href={href} data-state={call.shown}>
        <StateBadge of={call.shown} />
        <span className="name">
          {nameOf(call.agent) || t("agent_unknown")}
          {teamOf(call.agent) && <small className="soft"> · {teamOf(call.agent)}</small>}
        </span>
        {call.startedAt ? <Running from={call.startedAt} now={() => desk.connection.now()} /> : <span />}
        <span className="last">
          {owner && <strong>{owner === desk.user.name ? t("you_have_call") : t("has_call", { name: nameOf(owner) })} · </strong>}
          {[...call.joined.values()].map((one) => (
            <strong key={one.name}>{t(`joined_${one.mode === "whisper" ? "listen" : one.mode}`, { name: one.name })} · </strong>
          ))}
          {labels.length > 0 && <strong>{labels.map(category).join(", ")} · </strong>}
          {call.last ? `«${call.last.text}»` : ""}
        </span>
        {!call.isGuarded && (
          <span className="guard soft">
            {guardWord(call.guard)}
            {call.guardWhy ? `: ${call.guardWhy}` : ""}
          </span>
        )}
      </a>
    </li>
  );
});
