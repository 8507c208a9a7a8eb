import { type ChangeEvent, useState } from "react";
import { ask } from "../api/client";
import { dayTime, t, tn, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { useAct, useFresh } from "../ui/fresh";
import { StateBadge } from "../ui/Shape";
import { Copy, Section, Stale, Table } from "./parts";
import type { AuditEntry, PolicyReport, PolicyVersion } from "./types";

const EVERY_MS = 15_000;

interface Looked {
  version: PolicyVersion;
  text: string;
  report: PolicyReport;
}

export default function PolicyTab() {
  const versions = useFresh(() => ask<PolicyVersion[]>("GET /api/policies", {}), EVERY_MS);
  const history = useFresh(() => ask<AuditEntry[]>("GET /api/audit", {}, undefined, { kind: "policy", limit: "50" }));
  const { why, isBusy, act } = useAct();
  const [looked, setLooked] = useState<Looked | null>(null);
  const both = () => Promise.all([versions.again(), history.again()]);
  const look = (version: PolicyVersion) =>
    act(async () => {
      const { text } = await ask<{ text: string }>("GET /api/policies/{label}", { label: version.label });
      setLooked({ version, text, report: await ask<PolicyReport>("POST /api/policies/report", {}, { text }) });
    });
  async function use(label: string) {
    if (await act(() => ask("POST /api/policies/{label}/use", { label }), t("admin_policy_used", { label }))) setLooked(null);
    await both();
  }
  const running = versions.value?.find((one) => one.is_running);
  return (
    <>
      <Section title={t("admin_tab_policy")} about={t("admin_policy_about")}>
        <Stale why={versions.why} hasValue={versions.value !== null} />
        <Complaint why={why} />
        {running && (
          <div className="well note">
            <div className="head">
              <h3>{running.label}</h3>
              <StateBadge of="quiet" word={t("admin_policy_running")} />
            </div>
            <p>{told(running.summary)}</p>
            {running.used_at && (
              <p className="soft">{t("admin_policy_since", { when: dayTime(running.used_at), who: running.used_by })}</p>
            )}
          </div>
        )}
        {versions.value && (
          <Table
            label={t("admin_policy_versions")}
            heads={[t("admin_version"), t("admin_policy_what"), t("admin_policy_from"), ""]}
          >
            {versions.value.map((one) => (
              <tr key={one.label}>
                <th scope="row">{one.label}</th>
                <td>
                  {told(one.summary)}
                  {one.note && (
                    <>
                      <br />
                      <span className="soft">{one.note}</span>
                    </>
                  )}
                </td>
                <td>
                  {one.is_running
                    ? t("admin_policy_running")
                    : one.used_at
                      ? t("admin_policy_was_used", { when: dayTime(one.used_at) })
                      : ""}
                  {!one.is_running && !one.used_at && one.origin === "sent" && t("admin_policy_proposed")}{" "}
                  <span className="soft">
                    {one.origin === "sent" && one.added_at
                      ? t("admin_policy_added", { when: dayTime(one.added_at), who: one.added_by })
                      : wordOf("admin_policy_origin", one.origin)}
                  </span>
                </td>
                <td>
                  {one.origin !== "settings" && (
                    <Button size="small" onClick={() => void look(one)}>
                      {t(one.is_running ? "admin_policy_read" : "admin_policy_look")} <span className="unseen">{one.label}</span>
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
        {looked && (
          <section className="well note" aria-label={t("admin_policy_looked", { label: looked.version.label })}>
            <div className="head">
              <h3>{looked.version.label}</h3>
              <Button size="small" look="plain" onClick={() => setLooked(null)}>
                {t("admin_close")}
              </Button>
            </div>
            <Report report={looked.report} of={t("admin_policy_looked", { label: looked.version.label })} />
            {!looked.version.is_running && looked.report.problems.length === 0 && (
              <div className="acts">
                <Button disabled={isBusy} onClick={() => void use(looked.version.label)}>
                  {t("admin_policy_use", { label: looked.version.label })}
                </Button>
                <span className="soft">{t("admin_policy_use_about")}</span>
              </div>
            )}
            <details className="recipe">
              <summary>{t("admin_policy_text")}</summary>
              <Copy text={looked.text} label={t("admin_policy_text")} />
            </details>
          </section>
        )}
      </Section>
      <Upload onKept={both} />
      <Section title={t("admin_policy_history")}>
        <Stale why={history.why} hasValue={history.value !== null} />
        {history.value?.length === 0 && <p className="soft">{t("admin_policy_no_history")}</p>}
        {history.value && history.value.length > 0 && (
          <Table
            label={t("admin_policy_history")}
            heads={[t("admin_when"), t("admin_who"), t("admin_what"), t("admin_version"), t("admin_detail")]}
          >
            {history.value.map((one) => (
              <tr key={one.number}>
                <td className="number">{dayTime(one.at)}</td>
                <td>{one.who}</td>
                <td>{wordOf("admin_act", one.what)}</td>
                <td>{one.subject}</td>
                <td>{told(one.detail)}</td>
              </tr>
            ))}
          </Table>
        )}
      </Section>
    </>
  );
}

/** What is wrong with a policy, or what it would change. */
function Report({ report, of }: { report: PolicyReport; of: string }) {
  if (report.problems.length)
    return (
      <div role="alert">
        <h3>{tn("admin_problems", report.problems.length)}</h3>
        <ul className="problems">
          {report.problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      </div>
    );
  if (!report.changes.length) return <p>{t("admin_no_changes", { label: report.against })}</p>;
  return (
    <>
      <h3>{t("admin_changes", { label: report.label, against: report.against })}</h3>
      <Table label={of} heads={[t("admin_place"), t("admin_was"), t("admin_now")]}>
        {report.changes.map((change) => (
          <tr key={change.place}>
            <th scope="row">
              <code>{change.place}</code>
            </th>
            <td className="was">{change.was}</td>
            <td>{change.now}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Upload({ onKept }: { onKept: () => Promise<unknown> }) {
  const { why, isBusy, act } = useAct();
  const [text, setText] = useState("");
  const [note, setNote] = useState("");
  const [file, setFile] = useState("");
  const [report, setReport] = useState<PolicyReport | null>(null);
  function write(now: string) {
    setText(now);
    setReport(null);
  }
  async function read(event: ChangeEvent<HTMLInputElement>) {
    const chosen = event.target.files?.[0];
    if (!chosen) return;
    setFile(chosen.name);
    write(await chosen.text());
  }
  const check = () => act(async () => setReport(await ask<PolicyReport>("POST /api/policies/report", {}, { text })));
  async function keep() {
    const label = report?.label ?? "";
    if (await act(() => ask("POST /api/policies", {}, { text, note }), t("admin_policy_kept", { label }))) {
      write("");
      setNote("");
      await onKept();
    }
  }
  return (
    <Section title={t("admin_policy_new")} about={t("admin_policy_new_about")}>
      <Complaint why={why} />
      <form className="well upload" onSubmit={(event) => event.preventDefault()} aria-label={t("admin_policy_new")}>
        <label className="file">
          <span className="button">{t("admin_policy_file")}</span>
          <input type="file" className="unseen" accept=".toml,text/plain" onChange={(event) => void read(event)} />
          <span className="soft">{file || t("admin_policy_no_file")}</span>
        </label>
        <label>
          {t("admin_policy_paste")}
          <textarea rows={8} value={text} onChange={(event) => write(event.target.value)} spellCheck={false} />
        </label>
        <div className="acts">
          <Button disabled={!text.trim() || isBusy} onClick={() => void check()}>
            {t("admin_policy_check")}
          </Button>
        </div>
        {report && <Report report={report} of={t("admin_policy_new")} />}
        {report && report.problems.length === 0 && (
          <>
            <label>
              {t("admin_policy_note")}
              <input value={note} onChange={(event) => setNote(event.target.value)} />
            </label>
            <div className="acts">
              <Button disabled={isBusy} onClick={() => void keep()}>
                {t("admin_policy_keep", { label: report.label })}
              </Button>
            </div>
          </>
        )}
      </form>
    </Section>
  );
}
