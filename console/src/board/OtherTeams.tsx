import { category, t } from "../i18n";
import { rootOf } from "../model/call";
import { Button } from "../ui/Button";
import { Ago, Until } from "../ui/clock";
import { StateBadge } from "../ui/Shape";
import type { Alert, BoardDesk } from "./desk";
import { dueAt, ReadCall, whose } from "./NeedsYou";
import { useStable } from "./stable";

const keyOf = (one: Alert) => rootOf(one.decision);

/** Alerts that senior staff of another team have first: in sight, without a sound, and nobody is kept from helping. */
export function OtherTeams({ desk, alerts }: { desk: BoardDesk; alerts: Alert[] }) {
  const { list, items } = useStable<Alert, HTMLUListElement>(alerts, keyOf);
  return (
    <section id="others-part" hidden={alerts.length === 0} aria-labelledby="others-title">
      <div className="title">
        <h3 id="others-title">{t("other_teams")}</h3>
        <span className="soft" id="others-count">
          {t("needs_count", { n: alerts.length })}
        </span>
      </div>
      <p className="soft">{t("other_teams_explained")}</p>
      <ul id="others" className="hand others" ref={list}>
        {items.map((one) => (
          <Other key={keyOf(one)} desk={desk} {...one} />
        ))}
      </ul>
    </section>
  );
}

function Other({ desk, call, decision }: { desk: BoardDesk } & Alert) {
  const due = dueAt(decision);
  const doing = desk.doingOf(decision);
  const now = () => desk.connection.now();
  return (
    <li data-state={decision.state}>
      <StateBadge of={decision.state} word={category(decision.category)} />
      <strong>{whose(call.agent)}</strong>
      <Ago from={decision.at} now={now} />
      {due !== null && <Until at={due} now={now} before={(n) => t("next_tier", { n })} after={t("next_tier_now")} />}
      <p className="words">{decision.because ? `«${decision.because}»` : decision.text}</p>
      {doing.error && (
        <p className="complaint wide" role="alert">
          {doing.error}
        </p>
      )}
      {desk.mayAct && (
        <Button
          size="small"
          disabled={doing.isBusy}
          onClick={() => void desk.claim(decision)}
          aria-label={t("claim_of", { name: whose(call.agent) })}
        >
          {t("claim")}
        </Button>
      )}
      <ReadCall desk={desk} call={call} agent={call.agent} decision={decision} />
    </li>
  );
}
