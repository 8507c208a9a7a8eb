// The agent's panel: what can be said, what is heard, help always at hand.

import { useEffect } from "react";
import { guardWord, stateWord, t } from "../i18n";
import { useFrame } from "../line/painter";
import { Empty } from "../ui/Empty";
import { Opened } from "../ui/live";
import { Notices } from "../ui/Notices";
import { NoticeList, useUnread } from "../ui/TeamNotices";
import { useTab } from "../ui/tab";
import { Told } from "../ui/tell";
import { Cards } from "./Cards";
import { Checklist } from "./Checklist";
import { Begun } from "./Comment";
import { AgentDesk } from "./desk";
import { tellAround } from "./embed";
import { HelpBar } from "./HelpBar";
import { Known } from "./Known";
import { useKeys } from "./keys";
import { Prompts } from "./Prompts";
import { StateBar } from "./StateBar";
import { Talk } from "./Talk";
import { WrapUp } from "./WrapUp";
import "./agent.css";

export default function AgentPage() {
  const missing = (
    <Empty of="not_guarded" heading={t("no_such_call")}>
      <p>
        <a href="/agent">{t("back")}</a>
      </p>
    </Empty>
  );
  return (
    <Opened make={(user) => new AgentDesk(user)} missing={missing}>
      {(desk) => <Panel desk={desk} />}
    </Opened>
  );
}

function Panel({ desk }: { desk: AgentDesk }) {
  useFrame(desk.connection.painter);
  useKeys(desk);
  const unread = useUnread(desk.user.name, desk.call?.id ?? "");
  const state = desk.isLive && desk.call ? desk.call.state : "quiet";
  useTab(`${desk.isLive ? `${stateWord(state)} · ` : ""}callguard`, RISEN.has(state), Number(RISEN.has(state)));
  useEffect(() => tellAround(desk.call?.id ?? "", desk.isLive ? state : ""), [desk.call?.id, desk.isLive, state]);
  return (
    <main className="panel" data-state={state}>
      <HelpBar desk={desk} />
      <StateBar desk={desk} unread={unread} />
      <Notices found={desk.connection.notices(desk.notices)} />
      <section className="prompts" aria-label={t("prompts_section")}>
        {!desk.call && <NoticeList unread={unread} />}
        {desk.isResting && desk.call && <WrapUp key={desk.call.id} desk={desk} callId={desk.call.id} />}
        {!desk.isLive && <Begun desk={desk} current={desk.call?.id ?? ""} />}
        {desk.isLive && desk.questions.length > 0 && <Checklist desk={desk} />}
        <Known desk={desk} />
        {desk.areCardsOpen ? <Cards desk={desk} /> : <Prompts desk={desk} />}
      </section>
      <Talk desk={desk} />
      <Told />
    </main>
  );
}

/** States whose sign also stands on the page's tab. */
const RISEN = new Set(["abusive", "severe", "threat", "care"]);

/** How well the reader's calls are guarded, for the bar. */
export function guardOf(desk: AgentDesk): { level: string; word: string } {
  const { connection, call } = desk;
  if (!connection.isUp) return { level: "not_guarded", word: t("offline_word") };
  const level = desk.isLive && call ? call.guard : connection.health?.is_fallback ? "fallback" : "guarded";
  return { level, word: guardWord(level) };
}
