import { type ReactNode, useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import type { FollowUp, IncidentSummary, ReviewQueue } from "../api/types";
import { callerHref } from "../caller/hrefs";
import { category, dayTime, t } from "../i18n";
import { hrefOf } from "../incident/hrefs";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import type { Act } from "../ui/fresh";
import { tell } from "../ui/tell";
import { Reasoned, Repeated, ToDecide, ToReview } from "./Restrictions";

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
  const act: Act = async (send, done = "") => {
    setWhy("");
    const isDone = await send().then(
      () => true,
      (error) => {
        setWhy(t("not_done", { why: sentence(error) }));
        return false;
      },
    );
    if (isDone && done) tell(done);
    await load();
    return isDone;
  };
  if (!queue) return null;
  const { follow_ups, restrictions_to_decide, restrictions_to_review, repeat_offenders, to_complete, to_sign } = queue;
  const all = [follow_ups, restrictions_to_decide, restrictions_to_review, repeat_offenders, to_complete, to_sign];
  const waiting = all.reduce((sum, one) => sum + one.length, 0);
  return (
    <section className="queues" aria-labelledby="queues-title">
      <div className="queues-head">
        <h3 id="queues-title">{t("queues")}</h3>
        <span className="links">
          <a href="/callers">{t("area_callers")}</a> <a href="/incidents">{t("all_incidents")}</a>
        </span>
      </div>
      {waiting === 0 && <p className="soft">{t("nothing_to_do")}</p>}
      <Complaint why={why} />
      <Queue name={t("follow_ups")} count={follow_ups.length}>
        {follow_ups.map((one) => (
          <FollowUpItem key={one.follow_up_id} task={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("restrictions")} count={restrictions_to_decide.length}>
        {restrictions_to_decide.map((one) => (
          <ToDecide key={one.restriction_id} restriction={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("restrictions_review")} count={restrictions_to_review.length}>
        {restrictions_to_review.map((one) => (
          <ToReview key={one.restriction_id} restriction={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("repeat_offenders")} count={repeat_offenders.length}>
        {repeat_offenders.map((one) => (
          <Repeated key={one.caller} caller={one} act={act} />
        ))}
      </Queue>
      <Queue name={t("incidents_to_complete")} count={to_complete.length}>
        {to_complete.map((one) => (
          <IncidentItem key={one.incident_id} incident={one} />
        ))}
      </Queue>
      <Queue name={t("incidents")} count={to_sign.length}>
        {to_sign.map((one) => (
          <IncidentItem key={one.incident_id} incident={one} />
        ))}
      </Queue>
    </section>
  );
}

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

function FollowUpItem({ task, act }: { task: FollowUp; act: Act }) {
  const places = { follow_up_id: task.follow_up_id };
  return (
    <li>
      <p>
        <strong>{nameOf(task.agent) || t("agent_unknown")}</strong>{" "}
        <span className="soft">{t(task.status === "late" ? "overdue" : "due", { when: dayTime(task.due_at) })}</span>
        {task.taken_by && <span className="soft"> · {t("taken_by", { name: nameOf(task.taken_by) })}</span>}
      </p>
      <blockquote>{task.wording}</blockquote>
      {task.caller && <a href={callerHref(task.caller)}>{t("caller")}</a>}
      {task.taken_by ? (
        <Reasoned label={t("call_made")}>
          {(text) => (
            <Button
              size="small"
              disabled={!text}
              onClick={() => void act(() => ask("POST /api/follow-ups/{follow_up_id}/done", places, { outcome: text }))}
            >
              {t("save")}
            </Button>
          )}
        </Reasoned>
      ) : (
        <Button size="small" onClick={() => void act(() => ask("POST /api/follow-ups/{follow_up_id}/take", places))}>
          {t("take")}
        </Button>
      )}
    </li>
  );
}

function IncidentItem({ incident }: { incident: IncidentSummary }) {
  return (
    <li>
      <p>
        <strong>{nameOf(incident.agent) || t("agent_unknown")}</strong>{" "}
        <span className="soft">{dayTime(incident.happened_at)}</span> · {incident.categories.map(category).join(", ")}
      </p>
      <a className="button small" href={hrefOf(incident.incident_id)}>
        {t("open_record")}
      </a>
    </li>
  );
}
