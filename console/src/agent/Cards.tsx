import { useEffect, useRef } from "react";
import { t, tactic } from "../i18n";
import { Button } from "../ui/Button";
import type { AgentDesk } from "./desk";
import { hint } from "./keys";
import { Prompts } from "./Prompts";

/** All cards, in place of the prompts: the transcript stays in sight. A new warning comes on top of them. */
export function Cards({ desk }: { desk: AgentDesk }) {
  const close = useRef<HTMLButtonElement>(null);
  const opened = useRef(desk.firstPrompt?.decision_id);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    close.current?.focus();
    return () => (before ?? document.getElementById("all-cards"))?.focus();
  }, []);
  const isNew = desk.firstPrompt && desk.firstPrompt.decision_id !== opened.current;
  return (
    <>
      {isNew && <Prompts desk={desk} />}
      <div className="cards" id="cards">
        <div className="head">
          <h2>{t("all_cards")}</h2>
          <button type="button" className="button plain small" ref={close} onClick={() => desk.showCards(false)}>
            {t("close")} {hint("Esc") && <kbd aria-hidden="true">Esc</kbd>}
          </button>
        </div>
        <ul>
          {desk.cards.map((card) => (
            <li key={card.tactic}>
              <div>
                <h3>{tactic(card.tactic)}</h3>
                <p>{card.text}</p>
              </div>
              <Button
                size="small"
                aria-label={t("card_used", { card: tactic(card.tactic) }).replace(/\.$/, "")}
                onClick={() => {
                  void desk.answer(null, card.tactic, "used");
                  desk.showCards(false);
                }}
              >
                {t("used")}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
