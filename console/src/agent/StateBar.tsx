import { decimal, t } from "../i18n";
import { Running } from "../ui/clock";
import { Menu } from "../ui/Menu";
import { StateBadge } from "../ui/Shape";
import { NoticesMark, type Unread } from "../ui/TeamNotices";
import { guardOf } from "./AgentPage";
import { CardsSwitch } from "./CardsSwitch";
import type { AgentDesk } from "./desk";

const LOUD = new Set(["degraded", "not_guarded"]);

/** How the call stands, how long it has gone on, how well it is guarded. */
export function StateBar({ desk, unread }: { desk: AgentDesk; unread: Unread }) {
  const { call, connection, isLive } = desk;
  const state = isLive && call ? call.state : "quiet";
  const { level, word } = guardOf(desk);
  const behind =
    isLive && call?.isGuarded && call.behindS !== null && connection.isUp
      ? ` · ${t("behind", { n: decimal(call.behindS) })}`
      : "";
  const label = (
    <span id="guard-word" className={LOUD.has(level) ? "" : "soft"}>
      {LOUD.has(level) ? <StateBadge of={level} word={word} /> : word + behind}
    </span>
  );
  return (
    <header className="bar" data-state={state}>
      <h1 className="unseen">{t("agent_heading")}</h1>
      {call ? (
        call.endedAt ? (
          <StateBadge of="quiet" word={t("call_over")} id="state" />
        ) : (
          <StateBadge of={state} id="state" />
        )
      ) : (
        <StateBadge of="quiet" word={t("no_call")} id="state" />
      )}
      {call?.startedAt && <Running from={call.startedAt} until={call.endedAt} now={() => connection.now()} />}
      {call && <NoticesMark unread={unread} />}
      <Menu user={desk.user} keys label={label} about={[(isLive && call?.guardWhy) || t("guard_explained"), connection.engine]}>
        {desk.user.role === "agent" && <CardsSwitch />}
      </Menu>
    </header>
  );
}
