import { ask } from "../api/client";
import { decimal, guardWord, language, t, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { Running } from "../ui/clock";
import { useFresh } from "../ui/fresh";
import { StateBadge } from "../ui/Shape";
import { Facts, Section, Stale, Table } from "./parts";
import type { Budget, Engine, EngineRoom, StepShare } from "./types";

const EVERY_MS = 2000;

export default function EngineTab() {
  const room = useFresh(() => ask<EngineRoom>("GET /api/engine", {}), EVERY_MS);
  const budget = useFresh(() => ask<Budget>("GET /api/budget", {}), EVERY_MS);
  return (
    <>
      <Section title={t("admin_engine")} about={room.value ? t("admin_engine_about", { n: room.value.minutes }) : ""}>
        <Stale why={room.why} hasValue={room.value !== null} />
        {room.value && <Load room={room.value} />}
      </Section>
      <Section title={t("admin_budget")} about={t("admin_budget_about", { n: budget.value?.minutes ?? 5 })}>
        <Stale why={budget.why} hasValue={budget.value !== null} />
        {budget.value && <BudgetTable budget={budget.value} />}
      </Section>
      {room.value && (
        <>
          <Section title={t("admin_ladder")} about={t("admin_ladder_about")}>
            <Ladder room={room.value} />
          </Section>
          <Section title={t("admin_calls_now")} about={t("admin_calls_now_about")}>
            <Calls room={room.value} />
          </Section>
        </>
      )}
    </>
  );
}

const counted = (n: number | null) => (n === null ? t("admin_not_measured") : String(n));
const percent = (share: number) => `${Math.round(100 * share)} %`;

function Load({ room }: { room: EngineRoom }) {
  return (
    <div className="grid">
      <article className="well">
        <div className="head">
          <h3>{t("admin_admission")}</h3>
          <StateBadge
            of={room.full_because ? "not_guarded" : "quiet"}
            word={t(room.full_because ? "admin_full" : "admin_has_room")}
          />
        </div>
        {room.full_because && <p>{t("admin_full_because", { why: told(room.full_because) })}</p>}
        <Facts
          of={[
            [t("admin_calls"), t("admin_calls_of", { n: room.calls, most: room.most_calls })],
            [t("admin_late"), t("admin_seconds", { n: decimal(room.late_s) })],
            [t("admin_one_more"), room.expected_share === null ? t("admin_too_early") : percent(room.expected_share)],
            [t("admin_tap_refused"), String(room.refused)],
          ]}
        />
      </article>
      {room.engines.map((engine) => (
        <EngineCard key={engine.name} engine={engine} />
      ))}
    </div>
  );
}

function EngineCard({ engine }: { engine: Engine }) {
  const state = engine.is_fallback ? "degraded" : "quiet";
  const word = engine.is_running ? t(engine.is_fallback ? "admin_runs_fallback" : "admin_runs") : t("admin_stands_by");
  return (
    <article className="well">
      <div className="head">
        <h3>{engine.name}</h3>
        <StateBadge of={state} word={word} />
      </div>
      <p className="soft">{told(engine.detail)}</p>
      <Facts
        of={[
          [t("admin_queue"), t("admin_queue_of", { n: engine.queue, room: engine.queue_room })],
          [t("admin_workers"), t("admin_workers_of", { n: engine.busy, all: engine.workers })],
          [
            t("admin_batch"),
            engine.mean_batch === null
              ? t("admin_batch_none", { most: engine.batch_limit })
              : t("admin_batch_of", { n: decimal(engine.mean_batch), most: engine.batch_limit }),
          ],
          [
            t("admin_rtf"),
            engine.real_time_factor === null
              ? t("admin_not_measured")
              : t("admin_rtf_of", { n: engine.real_time_factor.toLocaleString(language, { maximumFractionDigits: 3 }) }),
          ],
          [t("admin_decoded"), counted(engine.decoded)],
          [t("admin_dropped"), counted(engine.dropped)],
        ]}
      />
    </article>
  );
}

/** Whether a step keeps its limit, in words. */
function verdict({ over_ms }: StepShare): [string, string] {
  if (over_ms === null) return ["none", t("admin_nothing_measured")];
  if (over_ms > 0) return ["over", t("admin_over", { n: Math.round(over_ms) || "< 1" })];
  return ["under", t("admin_under")];
}

const ms = (value: number | null) => (value === null ? "–" : `${Math.round(value)} ms`);

function BudgetTable({ budget }: { budget: Budget }) {
  return (
    <Table
      label={t("admin_budget")}
      heads={[t("admin_step"), t("admin_limit"), t("admin_p50"), t("admin_p95"), t("admin_verdict"), t("admin_count")]}
    >
      {budget.steps.map((step) => {
        const [kind, words] = verdict(step);
        return (
          <tr key={step.step} className={step.step === "total" ? "total" : ""}>
            <th scope="row">{wordOf("admin_step", step.step)}</th>
            <td className="number">{ms(step.limit_ms)}</td>
            <td className="number">{ms(step.p50_ms)}</td>
            <td className="number">{ms(step.p95_ms)}</td>
            <td>
              <span className={`verdict ${kind}`}>{words}</span>
              <progress
                max={step.limit_ms * 2}
                value={Math.min(step.p95_ms ?? 0, step.limit_ms * 2)}
                aria-hidden="true"
                tabIndex={-1}
              />
            </td>
            <td className="number">{step.count}</td>
          </tr>
        );
      })}
    </Table>
  );
}

function Ladder({ room }: { room: EngineRoom }) {
  return (
    <ol className="well ladder">
      {room.ladder.map((one) => (
        <li key={one.step} className={one.is_now ? "now" : ""} aria-current={one.is_now ? "step" : undefined}>
          <span>{wordOf("admin_ladder", one.step)}</span>
          <span className={one.is_now ? "tag strong" : "tag"}>
            {t(one.is_now ? "admin_given_up" : one.is_chosen ? "admin_chosen" : one.is_there ? "admin_kept" : "admin_not_there")}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Calls({ room }: { room: EngineRoom }) {
  if (!room.running.length) return <p className="soft">{t("admin_no_calls")}</p>;
  return (
    <Table
      label={t("admin_calls_now")}
      heads={[t("admin_call"), t("admin_state"), t("admin_why"), t("admin_late"), t("admin_since")]}
    >
      {room.running.map((call) => (
        <tr key={call.call_id}>
          <th scope="row">
            {call.line || wordOf("admin_tap", call.tap)} <span className="soft">{call.call_id}</span>
          </th>
          <td>
            <StateBadge
              of={call.guard === "guarded" ? "quiet" : call.guard === "not_guarded" ? "not_guarded" : "degraded"}
              word={guardWord(call.guard)}
            />
          </td>
          <td>{told(call.because) || "–"}</td>
          <td className="number">{t("admin_seconds", { n: decimal(call.late_s) })}</td>
          <td className="number">
            <Running from={call.started_at} now={Date.now} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
