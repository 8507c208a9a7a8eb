// Find calls.

import { ask } from "../api/client";
import type { CallRecord } from "../api/types";
import { dayTime, span, t, tn } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { StateBadge } from "../ui/Shape";
import { useLoaded } from "./load";
import { follow, hrefWith } from "./place";

export default function CallsTab() {
  const { value, error, again } = useLoaded("calls", () => ask<CallRecord[]>("GET /api/calls", {}));
  return (
    <main className="calls">
      <h2 className="unseen">{t("qa_tab_calls")}</h2>
      {error && (
        <Empty of="not_guarded" heading={t("qa_not_loaded")}>
          <p>{error}.</p>
          <Button onClick={again}>{t("qa_again")}</Button>
        </Empty>
      )}
      {value?.length === 0 && <Empty heading={t("qa_no_calls")} />}
      <ol className="well found">
        {value?.map((call) => (
          <li key={call.call_id}>
            <a href={hrefWith({ call: call.call_id })} onClick={follow}>
              <StateBadge of={call.state} />
              <span>{dayTime(call.started_at)}</span>
              <span>{call.agent || t("agent_unknown")}</span>
              <span className="number">{lasted(call)}</span>
              <span>{call.alerts > 0 && tn("qa_alerts", call.alerts)}</span>
            </a>
          </li>
        ))}
      </ol>
    </main>
  );
}

function lasted(call: CallRecord): string {
  if (!call.ended_at) return t("qa_running");
  return span((Date.parse(call.ended_at) - Date.parse(call.started_at)) / 1000);
}
