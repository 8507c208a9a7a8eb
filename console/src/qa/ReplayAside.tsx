// The right-hand column of the replay: alerts with what became of them, and what reviewers say.

import { category, span, stateWord, t } from "../i18n";
import { Shape } from "../ui/Shape";
import type { ReplayDesk } from "./desk";

export function Aside({ desk }: { desk: ReplayDesk }) {
  return (
    <aside aria-label={t("qa_alerts_section")}>
      <h3>{t("qa_alerts_section")}</h3>
      {desk.alerts.length === 0 && <p className="soft">{t("qa_no_alerts")}</p>}
      {desk.alerts.map((alert) => (
        <article key={alert.decision_id} className="well one-alert" data-state={alert.state}>
          <h4 className="state">
            <Shape of={alert.state} />
            {stateWord(alert.state)} · {category(alert.category)}
          </h4>
          {alert.because && <p>«{alert.because}»</p>}
          <button type="button" className="button small" onClick={() => desk.seek(alert.at_s)}>
            {span(alert.at_s)}
          </button>
        </article>
      ))}
    </aside>
  );
}
