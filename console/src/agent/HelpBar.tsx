import { callerHref } from "../caller/hrefs";
import { t } from "../i18n";
import { keysChoice, useChoice } from "../signals";
import { Button } from "../ui/Button";
import { MarkCall, mayMark } from "../ui/MarkCall";
import type { AgentDesk } from "./desk";
import { hint } from "./keys";

/** Help: always there, first in tab order. It works after the call, too: who says «I'm coming over» and hangs up leaves fear behind. */
export function HelpBar({ desk }: { desk: AgentDesk }) {
  useChoice(keysChoice);
  const joined = [...(desk.call?.joined.values() ?? [])].filter((one) => one.isTold || !desk.isMine);
  return (
    <section className="helpbar" aria-label={t("help_section")}>
      {desk.isMine && (
        <div className="pair">
          <Button
            id="help"
            look="help"
            hint={hint("H")}
            aria-keyshortcuts="H"
            disabled={!desk.call || desk.asking !== ""}
            onClick={() => void desk.askHelp(false)}
          >
            {t("help")}
          </Button>
          <Button
            id="panic"
            look="panic"
            hint={hint("⇧H")}
            aria-keyshortcuts="Shift+H"
            disabled={!desk.call || desk.asking === "panic"}
            onClick={() => void desk.askHelp(true)}
          >
            {t("panic")}
          </Button>
        </div>
      )}
      {/* Always there, so that who comes in is read out. */}
      <div role="status" className="joined">
        {joined.length > 0 && <p id="joined">{joined.map((one) => t(`joined_${one.mode}`, { name: one.name })).join(" · ")}</p>}
      </div>
      <div className="below">
        <p id="helpers" className="said-so" role="status">
          {desk.helpers}
        </p>
        {desk.call && mayMark(desk.user.role) && !desk.isResting && (
          <MarkCall key={desk.call.id} callId={desk.call.id} isQuick={desk.isMine} hasLink={!desk.isMine} />
        )}
        {desk.call?.caller && !desk.isMine && <a href={callerHref(desk.call.caller)}>{t("caller")}</a>}
        {desk.user.role !== "agent" && <a href="/board">{t("area_board")}</a>}
        {desk.isMine && (
          <Button
            id="all-cards"
            look="plain"
            size="small"
            hint={hint("C")}
            aria-keyshortcuts="C"
            aria-expanded={desk.areCardsOpen}
            disabled={!desk.isLive}
            onClick={() => desk.showCards(!desk.areCardsOpen)}
          >
            {t("all_cards")}
          </Button>
        )}
      </div>
    </section>
  );
}
