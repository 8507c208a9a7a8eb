import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import type { FollowUp, IncidentSummary, Restriction, ReviewQueue } from "../api/types";
import { category, dayTime, t } from "../i18n";
import { Button } from "../ui/Button";

const FRESH_MS = 30_000;

/** What waits after the calls: calls back, restrictions to decide, records to complete and to sign. */
export function Queues() {
  const [queue, setQueue] = useState<ReviewQueue | null>(null);
  const [why, setWhy] = useState("");
  const load = () => ask<ReviewQueue>("GET /api/queue", {}).then(setQueue, (error) => setWhy(sentence(error)));
  useEffect(() => {
    void load();
    const again = setInterval(() => document.hidden || void load(), FRESH_MS);
    return () => clearInterval(again);
  }, []);
  async function act(send: () => Promise<unknown>) {
    setWhy("");
    await send().catch((error) => setWhy(t("not_done", { why: sentence(error) })));
    await load();
  }
  if (!queue) return null;
  const { follow_ups, restrictions_to_decide, to_complete, to_sign } = queue;
  const waiting = follow_ups.length + restrictions_to_decide.length + to_complete.length + to_sign.length;
  return (
    <section className="queues" aria-labelledby="queues-title">
      <h3 id="queues-title">{t("queues")}</h3>
      {waiting === 0 && <p className="soft">{t("nothing_to_do")}</p>}
      {why && (
        <p className="complaint" role="alert">
          {why}
        </p>
      )}
      <Queue name={t("follow_ups")} count={follow_ups.length}>
        {follow_ups.map((one) => (
          <FollowUpItem key={one.follow_up_id} task={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("restrictions")} count={restrictions_to_decide.length}>
        {restrictions_to_decide.map((one) => (
          <RestrictionItem key={one.restriction_id} restriction={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("incidents_to_complete")} count={to_complete.length}>
        {to_complete.map((one) => (
          <IncidentItem key={one.incident_id} incident={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("incidents")} count={to_sign.length}>
        {to_sign.map((one) => (
          <IncidentItem key={one.incident_id} incident={one} act={act} isComplete />
        ))}
      </Queue>
    </section>
  );
}

type Act = (send: () => Promise<unknown>) => Promise<void>;

function Queue({ name, count, children }: { name: string; count: number; children: ReactNode }) {
  if (count === 0) return null;
  return (
    <details className="queue" name="queue">
      <summary>
        {name} <strong>{count}</strong>
      </summary>
      <ul>{children}</ul>
    </details>
  );
}

/** A text that must be written, and the buttons that send it. */
function Written({ label, children }: { label: string; children: (text: string) => ReactNode }) {
  const [text, setText] = useState("");
  const keep = (event: FormEvent) => event.preventDefault();
  return (
    <form className="small-form" onSubmit={keep}>
      <label>
        {label}
        <textarea rows={2} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="acts">{children(text.trim())}</div>
    </form>
  );
}

function FollowUpItem({ task, act }: { task: FollowUp; act: Act }) {
  const places = { follow_up_id: task.follow_up_id };
  return (
    <li>
      <p>
        <strong>{task.agent || t("agent_unknown")}</strong>{" "}
        <span className="soft">{t(task.status === "late" ? "overdue" : "due", { when: dayTime(task.due_at) })}</span>
        {task.taken_by && <span className="soft"> · {t("taken_by", { name: task.taken_by })}</span>}
      </p>
      <blockquote>{task.wording}</blockquote>
      {task.taken_by ? (
        <Written label={t("call_made")}>
          {(text) => (
            <Button
              size="small"
              disabled={!text}
              onClick={() => void act(() => ask("POST /api/follow-ups/{follow_up_id}/done", places, { outcome: text }))}
            >
              {t("save")}
            </Button>
          )}
        </Written>
      ) : (
        <Button size="small" onClick={() => void act(() => ask("POST /api/follow-ups/{follow_up_id}/take", places))}>
          {t("take")}
        </Button>
      )}
    </li>
  );
}

function RestrictionItem({ restriction, act }: { restriction: Restriction; act: Act }) {
  const [consulted, setConsulted] = useState("");
  const decide = (approve: boolean, reason: string) =>
    void act(() =>
      ask(
        "POST /api/restrictions/{restriction_id}/decide",
        { restriction_id: restriction.restriction_id },
        { approve, reason, consulted },
      ),
    );
  return (
    <li>
      <p>
        <strong>{restriction.kind}</strong> <span className="soft">{t("proposed_by", { name: restriction.proposed_by })}</span>
        {restriction.days > 0 && <span className="soft"> · {t("days", { n: restriction.days })}</span>}
      </p>
      <p>{restriction.reason}</p>
      <label>
        {t("consulted")}
        <input value={consulted} onChange={(event) => setConsulted(event.target.value)} />
      </label>
      <Written label={t("why")}>
        {(text) => (
          <>
            <Button size="small" disabled={!text} onClick={() => decide(true, text)}>
              {t("approve")}
            </Button>
            <Button size="small" disabled={!text} onClick={() => decide(false, text)}>
              {t("refuse")}
            </Button>
          </>
        )}
      </Written>
    </li>
  );
}

function IncidentItem({ incident, act, isComplete = false }: { incident: IncidentSummary; act: Act; isComplete?: boolean }) {
  const places = { incident_id: incident.incident_id };
  return (
    <li>
      <p>
        <strong>{incident.agent || t("agent_unknown")}</strong> <span className="soft">{dayTime(incident.happened_at)}</span> ·{" "}
        {incident.categories.map(category).join(", ")}
      </p>
      <p className="acts">
        <a className="button small" href={`/api/incidents/${encodeURIComponent(incident.incident_id)}/export.pdf`} download>
          {t("record_pdf")}
        </a>
        {isComplete && (
          <Button size="small" onClick={() => void act(() => ask("POST /api/incidents/{incident_id}/sign", places))}>
            {t("sign")}
          </Button>
        )}
      </p>
      {!isComplete && (
        <Written label={t("account")}>
          {(text) => (
            <Button
              size="small"
              disabled={!text}
              onClick={() => void act(() => ask("POST /api/incidents/{incident_id}/complete", places, { account: text }))}
            >
              {t("complete")}
            </Button>
          )}
        </Written>
      )}
    </li>
  );
}
