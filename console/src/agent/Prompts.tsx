import { type MouseEvent, useLayoutEffect } from "react";
import { category, t, tactic } from "../i18n";
import type { Known } from "../model/call";
import { Button } from "../ui/Button";
import { Shape } from "../ui/Shape";
import type { AgentDesk } from "./desk";
import { hint } from "./keys";

/** What can be said now: one big, at most two. */
export function Prompts({ desk }: { desk: AgentDesk }) {
  const prompts = desk.isLive ? (desk.call?.prompts ?? []) : [];
  const ids = prompts.map((one) => one.decision_id);
  useLayoutEffect(() => desk.sight.draw(ids, performance.now()));
  // A prompt that slid under the finger takes no click; a key (no clicks are counted for it) belongs to the button that has the focus.
  const guard = (click: MouseEvent) => {
    if (click.detail > 0 && desk.sight.hasMoved(performance.now())) click.stopPropagation();
  };
  return (
    <div id="prompts" onClickCapture={guard}>
      {prompts.map((one, place) => (
        <Prompt key={one.decision_id} desk={desk} decision={one} isFirst={place === 0} />
      ))}
    </div>
  );
}

function status(decision: Known): string {
  if (decision.settled) return t(decision.settled);
  return decision.provisional ? t("provisional") : "";
}

function Prompt({ desk, decision, isFirst }: { desk: AgentDesk; decision: Known; isFirst: boolean }) {
  const [first, ...others] = decision.tactics;
  const isOpen = decision.provisional && !decision.settled;
  const looks = [
    "prompt",
    isFirst ? "" : "second",
    isOpen ? "provisional" : "",
    decision.settled === "withdrawn" ? "withdrawn" : "",
  ];
  const said = status(decision);
  return (
    <article className={looks.filter(Boolean).join(" ")} data-state={decision.state}>
      <p className="lead">
        <span className="state">
          <Shape of={decision.state} />
          {first ? tactic(first) : t("note")}
        </span>
        <span className="soft">{category(decision.category)}</span>
        {said && <span className="tag">{said}</span>}
        {!decision.reliable && <span className="tag">{t("heard_unclearly")}</span>}
      </p>
      <blockquote>{decision.text}</blockquote>
      {desk.isMine && (
        <div className="acts">
          {first && (
            <Button
              look={isFirst ? "act" : "normal"}
              size={isFirst ? "normal" : "small"}
              hint={isFirst ? hint("⏎") : undefined}
              onClick={() => void desk.answer(decision, first, "used")}
            >
              {t("used")}
            </Button>
          )}
          <Button
            size={isFirst ? "normal" : "small"}
            hint={isFirst ? hint("N") : undefined}
            onClick={() => void desk.answer(decision, first ?? "calm", "not_now")}
          >
            {t(decision.settled === "withdrawn" ? "put_away" : "not_now")}
          </Button>
          {isFirst &&
            others.map((name) => (
              <Button key={name} look="plain" size="small" onClick={() => desk.showCards(true)}>
                {tactic(name)} …
              </Button>
            ))}
        </div>
      )}
    </article>
  );
}
