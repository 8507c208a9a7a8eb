import { memo, useLayoutEffect, useRef, useState } from "react";
import { editionOfPeople, nameOf, teamOf } from "../api/people";
import { category, measureWord, stateWord, t } from "../i18n";
import { type Call, type Known, rootOf } from "../model/call";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { Ago, Until } from "../ui/clock";
import { Empty } from "../ui/Empty";
import { Shape, StateBadge } from "../ui/Shape";
import type { Alert, BoardDesk, Doing } from "./desk";
import { DecideThreat, Decline, EvidencePart, HandOver } from "./Forms";
import { mayReplay } from "./reach";
import { useStable } from "./stable";

const keyOf = (one: Alert) => rootOf(one.decision);

/** Alerts that nobody has taken: one card, one decision. */
export function NeedsYou({ desk, open }: { desk: BoardDesk; open: Alert[] }) {
  const { list, items, gone } = useStable<Alert, HTMLDivElement>(open, keyOf, true);
  const heights = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    for (const [place, card] of [...(list.current?.children ?? [])].entries()) {
      const one = items[place];
      if (one && !gone.has(keyOf(one))) heights.current.set(keyOf(one), (card as HTMLElement).offsetHeight);
    }
  });
  return (
    <div id="needs" className="stack" ref={list}>
      {items.length === 0 && (
        <div className="well">
          <Empty heading={t("nobody_needs")}>
            <p>{t("nobody_needs_next")}</p>
          </Empty>
        </div>
      )}
      {items.map((one) =>
        gone.has(keyOf(one)) ? (
          <Gone key={keyOf(one)} desk={desk} call={one.call} height={heights.current.get(keyOf(one)) ?? 0} />
        ) : (
          <AlertCard
            key={keyOf(one)}
            desk={desk}
            call={one.call}
            decision={one.decision}
            agent={one.call.agent}
            owner={one.call.claimedBy}
            people={editionOfPeople()}
            isOver={Boolean(one.call.endedAt)}
            doing={desk.doingOf(one.decision)}
          />
        ),
      )}
    </div>
  );
}

/** Keeps the place of an alert that nobody needs to take any more, until the pointer has left. */
function Gone({ desk, call, height }: { desk: BoardDesk; call: Call; height: number }) {
  const owner = call.claimedBy;
  const why = !owner ? t("alert_over") : owner === desk.user.name ? t("you_have_call") : t("has_call", { name: nameOf(owner) });
  return (
    <p className="well gone" style={{ minHeight: height }}>
      <strong>{whose(call.agent)}</strong> {why}
    </p>
  );
}

function heard(decision: Known): string {
  if (decision.settled) return t(decision.settled);
  if (decision.provisional) return t(decision.segment >= 0 && decision.reliable ? "provisional_speaking" : "provisional_unclear");
  if (decision.segment < 0) return "";
  return t(decision.reliable ? "heard_clearly" : "heard_unclearly");
}

interface CardProps {
  desk: BoardDesk;
  call: Call;
  decision: Known;
  agent: string;
  /** Who has the call already, if somebody took it for another alert. */
  owner: string;
  /** Says when somebody's name or team was changed. */
  people: number;
  isOver: boolean;
  doing: Doing;
}

/** Team and name of an agent. */
export function whose(agent: string): string {
  const team = teamOf(agent);
  if (!agent) return t("agent_unknown");
  return team ? t("agent_of_team", { team, name: nameOf(agent) }) : nameOf(agent);
}

/** When an alert goes to the next people, in ms; null where nobody waits, or nobody follows. */
export function dueAt(decision: Known): number | null {
  const isWaiting = !decision.acknowledgedBy && !decision.claimedBy && decision.settled !== "withdrawn";
  const waitS = decision.answer_within_s ?? 0;
  const isDeclined = decision.declined.length > decision.tier - 1; // it is on its way already
  if (!isWaiting || waitS === 0) return null;
  return isDeclined ? 0 : Date.parse(decision.at) + waitS * 1000;
}

const AlertCard = memo(function AlertCard({ desk, call, decision, agent, owner, isOver, doing }: CardProps) {
  const [isDeclining, setDeclining] = useState(false);
  const isProvisional = decision.provisional && !decision.settled;
  const due = dueAt(decision);
  const looks = ["alert", isProvisional ? "provisional" : "", decision.settled === "withdrawn" ? "withdrawn" : ""];
  return (
    <article className={looks.filter(Boolean).join(" ")} data-state={decision.state}>
      <div className="top">
        <span className="state">
          <Shape of={decision.state} />
          <span>
            {stateWord(decision.state)} · {category(decision.category)}
          </span>
        </span>
        <strong className="whose">{whose(agent)}</strong>
      </div>
      {(decision.because || decision.text) && (
        <p className="words">{decision.because ? `«${decision.because}»` : decision.text}</p>
      )}
      <p className="facts">
        {decision.urgent && <span className="urgent">{t("urgent")}</span>}
        {decision.tier > 1 && <span className="urgent">{t("tier", { n: decision.tier })}</span>}
        {heard(decision) && <span>{heard(decision)}</span>}
        <Ago from={decision.at} now={() => desk.connection.now()} />
        {due !== null && (
          <Until at={due} now={() => desk.connection.now()} before={(n) => t("next_tier", { n })} after={t("next_tier_now")} />
        )}
        {decision.acknowledgedBy && <span>{t("seen_by", { name: nameOf(decision.acknowledgedBy) })}</span>}
        {decision.declined.map((one) => (
          <span key={one.by}>{t("declined_by", { name: nameOf(one.by), why: one.because })}</span>
        ))}
        {owner && <strong>{owner === desk.user.name ? t("you_have_call") : t("has_call", { name: nameOf(owner) })}</strong>}
        {isOver && <span>{t("the_call_is_over")}</span>}
        <ReadCall desk={desk} call={call} agent={agent} decision={decision} />
      </p>
      <Complaint why={doing.error} />
      {decision.segment >= 0 && <EvidencePart decision={decision} />}
      {isDeclining && <Decline desk={desk} decision={decision} onDone={() => setDeclining(false)} />}
      <div className="acts" hidden={isDeclining}>
        {desk.mayAct && !isOver && (
          <Button look="act" disabled={doing.isBusy} onClick={() => void desk.claimAndJoin({ call, decision })}>
            {t("claim_and_join")}
          </Button>
        )}
        <div className="others">
          <ListenButton call={call} desk={desk} />
          {desk.mayAct && (
            <Button look={isOver ? "act" : "normal"} disabled={doing.isBusy} onClick={() => void desk.claim(decision)}>
              {t("claim")}
            </Button>
          )}
          {desk.mayAct && !decision.acknowledgedBy && (
            <Button disabled={doing.isBusy} onClick={() => void desk.acknowledge(decision)}>
              {t("acknowledge")}
            </Button>
          )}
          {desk.mayAct && (
            <Button look="plain" disabled={doing.isBusy} onClick={() => setDeclining(true)}>
              {t("decline")}
            </Button>
          )}
        </div>
      </div>
    </article>
  );
});

/** Joins by the browser; the dock then offers whatever else works on this call. Joining claims the alert. */
function ListenButton({ call, desk, isSmall = false }: { call: Call; desk: BoardDesk; isSmall?: boolean }) {
  if (!desk.mayAct || call.endedAt) return null;
  const name = nameOf(call.agent) || t("agent_unknown");
  return (
    <Button
      size={isSmall ? "small" : "normal"}
      onClick={() => void desk.joining.open(call)}
      aria-label={t("join_listen_to", { name })}
    >
      {t("join_listen")}
    </Button>
  );
}

/** The call at the moment of the alert: in the replay for who may read it there, else as the agent sees it. */
export function ReadCall({ desk, call, agent, decision }: Alert & { desk: BoardDesk; agent: string }) {
  if (!desk.mayRead(call)) return null;
  const first = call.decisions.get(rootOf(decision)) ?? decision;
  const replay = new URLSearchParams({ call: call.id, at: String(first.at_s), from: "board" });
  const live = new URLSearchParams({ call: call.id });
  return (
    <a className="read" href={mayReplay(desk.user, teamOf(agent)) ? `/qa?${replay}` : `/agent?${live}`}>
      {t("read_call")}
      {agent && <span className="unseen">: {nameOf(agent)}</span>}
    </a>
  );
}

/** Alerts that somebody has taken: who, so that nobody goes twice. */
export function InHand({ desk, hand }: { desk: BoardDesk; hand: Alert[] }) {
  const { list, items } = useStable<Alert, HTMLUListElement>(hand, keyOf);
  return (
    <div id="hand-part" hidden={hand.length === 0}>
      <h3>{t("in_hand")}</h3>
      <ul id="hand" className="hand" ref={list}>
        {items.map((one) => (
          <Held key={keyOf(one)} desk={desk} {...one} />
        ))}
      </ul>
    </div>
  );
}

/** One alert in somebody's hands; whoever has it decides and hands it over. */
function Held({ desk, call, decision }: { desk: BoardDesk } & Alert) {
  const [open, setOpen] = useState<"" | "decide" | "hand over">("");
  const isMine = decision.claimedBy === desk.user.name;
  const done = () => setOpen("");
  const doing = desk.doingOf(decision);
  return (
    <li data-state={decision.state}>
      <StateBadge of={decision.state} word={category(decision.category)} />
      <strong>{whose(call.agent)}</strong>
      <span className="soft">{t("claimed_by", { name: isMine ? t("you") : nameOf(decision.claimedBy) })}</span>
      <ReadCall desk={desk} call={call} agent={call.agent} decision={decision} />
      {decision.decided && (
        <p className="wide">
          {t("threat_decided", {
            name: nameOf(decision.decided.by),
            measures: decision.decided.measures.map(measureWord).join(", "),
          })}
          {decision.decided.note && ` · ${decision.decided.note}`}
        </p>
      )}
      {doing.error && (
        <p className="complaint wide" role="alert">
          {doing.error}
        </p>
      )}
      {!isMine && <ListenButton call={call} desk={desk} isSmall />}
      {isMine && open === "" && (
        <div className="acts wide">
          {decision.state === "threat" && (
            <Button size="small" look={decision.decided ? "normal" : "act"} onClick={() => setOpen("decide")}>
              {t("decide")}
            </Button>
          )}
          <ListenButton call={call} desk={desk} isSmall />
          <Button size="small" onClick={() => void desk.join({ call, decision })}>
            {t("ask_to_join")}
          </Button>
          <Button size="small" onClick={() => setOpen("hand over")}>
            {t("hand_over")}
          </Button>
        </div>
      )}
      {open === "decide" && <DecideThreat desk={desk} decision={decision} onDone={done} />}
      {open === "hand over" && <HandOver desk={desk} decision={decision} onDone={done} />}
    </li>
  );
}
