import { type FormEvent, useState } from "react";
import { ask } from "../api/client";
import { dayTime, t, tn, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { useAct, useFresh } from "../ui/fresh";
import { Facts, Section, Stale, Sure, Table } from "./parts";
import type { AuditEntry, Retention, Sending } from "./types";

const OUTBOX_MS = 5000;
const PAGE = 50;
const STATES = ["", "waiting", "failed", "delivered", "abandoned"];
/** The first parts of acts, as callguard writes them down. */
const KINDS = [
  "",
  "user",
  "token",
  "policy",
  "model",
  "recording",
  "replay",
  "review",
  "incident",
  "restriction",
  "caller",
  "follow_up",
  "retention",
  "outbox",
];

/** What a sending tells; `alert.raised` is its name for other systems, which their settings and logs have. */
const kindWord = (kind: string) => wordOf("admin_tells", kind.replaceAll(".", "_"));

export default function RecordsTab() {
  return (
    <>
      <RetentionPart />
      <OutboxPart />
      <AuditPart />
    </>
  );
}

const days = (n: number) => (n === 0 ? t("admin_for_ever") : tn("admin_days", n));

function RetentionPart() {
  const kept = useFresh(() => ask<Retention>("GET /api/retention", {}));
  return (
    <Section title={t("admin_retention")} about={kept.value ? t("admin_retention_about", { policy: kept.value.policy }) : ""}>
      <Stale why={kept.why} hasValue={kept.value !== null} />
      {kept.value && (
        <div className="well">
          <Facts
            of={[
              [t("admin_kept_ordinary"), days(kept.value.ordinary_days)],
              [t("admin_kept_reviewed"), days(kept.value.reviewed_days)],
              [t("admin_kept_incident"), days(kept.value.incident_days)],
              [t("admin_kept_caller"), days(kept.value.caller_days)],
              [t("admin_kept_audio"), t(kept.value.keeps_audio ? "admin_audio_kept" : "admin_audio_not_kept")],
              [
                t("admin_last_run"),
                kept.value.last_run_at
                  ? `${dayTime(kept.value.last_run_at)}: ${told(kept.value.last_run)}`
                  : t("admin_never_run"),
              ],
            ]}
          />
        </div>
      )}
    </Section>
  );
}

function OutboxPart() {
  const [state, setState] = useState("");
  const query: Record<string, string> = state ? { state } : {};
  const sent = useFresh(() => ask<Sending[]>("GET /api/outbox", {}, undefined, query), OUTBOX_MS, state);
  const { why, act } = useAct();
  async function change(send: () => Promise<unknown>, done: string) {
    await act(send, done);
    await sent.again();
  }
  return (
    <Section
      title={t("admin_outbox")}
      about={t("admin_outbox_about")}
      aside={
        <label className="pick inline">
          <span>{t("admin_state")}</span>
          <select value={state} onChange={(event) => setState(event.target.value)}>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {one ? wordOf("admin_sending", one) : t("admin_all")}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Stale why={sent.why} hasValue={sent.value !== null} />
      <Complaint why={why} />
      {sent.value?.length === 0 && <p className="soft">{t("admin_outbox_empty")}</p>}
      {sent.value && sent.value.length > 0 && (
        <Table
          label={t("admin_outbox")}
          heads={[t("admin_when"), t("admin_what"), t("admin_to"), t("admin_state"), t("admin_attempts"), t("admin_why"), ""]}
        >
          {sent.value.map((one) => {
            const places = { sending_id: one.sending_id };
            return (
              <tr key={one.sending_id}>
                <td className="number">{dayTime(one.created_at)}</td>
                <th scope="row">
                  {kindWord(one.kind)} <div className="soft">{one.kind}</div>
                </th>
                <td>{one.route}</td>
                <td>
                  {wordOf("admin_sending", one.state)}
                  {one.state === "waiting" && one.attempts > 0 && (
                    <div className="soft">{t("admin_tried_again", { when: dayTime(one.due_at) })}</div>
                  )}
                </td>
                <td className="number">{one.attempts}</td>
                <td>{one.last_error || "–"}</td>
                <td>
                  {one.state !== "delivered" && (
                    <div className="acts">
                      <Button
                        size="small"
                        onClick={() => void change(() => ask("POST /api/outbox/{sending_id}/retry", places), t("admin_retried"))}
                      >
                        {t("admin_retry")} <span className="unseen">{kindWord(one.kind)}</span>
                      </Button>
                      {one.state === "waiting" && (
                        <Sure
                          word={
                            <>
                              {t("admin_abandon")} <span className="unseen">{kindWord(one.kind)}</span>
                            </>
                          }
                          question={t("admin_abandon_sure", { route: one.route })}
                          yes={t("admin_abandon")}
                          onYes={() =>
                            void change(() => ask("POST /api/outbox/{sending_id}/abandon", places), t("admin_abandoned"))
                          }
                        />
                      )}
                    </div>
                  )}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
    </Section>
  );
}

interface Filter {
  who: string;
  subject: string;
  kind: string;
}

function AuditPart() {
  const [typed, setTyped] = useState<Filter>({ who: "", subject: "", kind: "" });
  const [filter, setFilter] = useState<Filter>(typed);
  const [older, setOlder] = useState<AuditEntry[]>([]);
  const [isAtEnd, setAtEnd] = useState(false);
  const { why, isBusy, act } = useAct();
  const load = (before: number) => {
    const asked = { ...filter, limit: String(PAGE), before: String(before) };
    const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value && value !== "0"));
    return ask<AuditEntry[]>("GET /api/audit", {}, undefined, given);
  };
  const newest = useFresh(() => load(0), 0, JSON.stringify(filter));
  const entries = [...(newest.value ?? []), ...older];
  const put = (part: Partial<Filter>) => setTyped((was) => ({ ...was, ...part }));
  function look(event: FormEvent) {
    event.preventDefault();
    setOlder([]);
    setAtEnd(false);
    setFilter({ ...typed, who: typed.who.trim(), subject: typed.subject.trim() });
  }
  const readOn = () =>
    act(async () => {
      const more = await load(entries.at(-1)?.number ?? 0);
      setOlder([...older, ...more]);
      setAtEnd(more.length < PAGE);
    });
  const hasMore = !isAtEnd && (newest.value?.length ?? 0) === PAGE;
  return (
    <Section title={t("admin_log")} about={t("admin_log_about")}>
      <form className="well fields" onSubmit={look} aria-label={t("admin_log_filter")}>
        <label>
          {t("admin_who")}
          <input value={typed.who} onChange={(event) => put({ who: event.target.value })} autoCapitalize="none" />
        </label>
        <label>
          {t("admin_subject")}
          <input value={typed.subject} onChange={(event) => put({ subject: event.target.value })} autoCapitalize="none" />
        </label>
        <label>
          {t("admin_what")}
          <select value={typed.kind} onChange={(event) => put({ kind: event.target.value })}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {one ? wordOf("admin_kind", one) : t("admin_all")}
              </option>
            ))}
          </select>
        </label>
        <div className="acts">
          <Button type="submit">{t("admin_look")}</Button>
        </div>
      </form>
      <Stale why={newest.why} hasValue={newest.value !== null} />
      <Complaint why={why} />
      {newest.value && entries.length === 0 && <p className="soft">{t("admin_log_empty")}</p>}
      {entries.length > 0 && (
        <Table
          label={t("admin_log")}
          heads={[t("admin_when"), t("admin_who"), t("admin_what"), t("admin_subject"), t("admin_detail")]}
        >
          {entries.map((one) => (
            <tr key={one.number}>
              <td className="number">{dayTime(one.at)}</td>
              <th scope="row">{one.who}</th>
              <td>{wordOf("admin_act", one.what)}</td>
              <td>{one.subject || "–"}</td>
              <td>{told(one.detail) || "–"}</td>
            </tr>
          ))}
        </Table>
      )}
      {hasMore && (
        <Button disabled={isBusy} onClick={() => void readOn()}>
          {t("admin_older")}
        </Button>
      )}
    </Section>
  );
}
