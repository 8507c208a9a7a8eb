import { type FormEvent, useEffect, useState } from "react";
import { ask } from "../api/client";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import { fieldWord, t } from "../i18n";
import { Button } from "../ui/Button";
import type { Act } from "../ui/fresh";
import type { ChecklistAnswer, Incident, Statement } from "./types";

const LONG = ["account", "corrections", "decision", "follow_up"] as const;

export interface PartProps {
  record: Incident;
  user: User;
  carry: Act;
}

/** The people's part: read it, write it until it is signed, amend it afterwards with a reason. */
export function StatementPart(props: PartProps) {
  const { record } = props;
  const { statement } = record.content;
  const [isWriting, setWriting] = useState(record.summary.status === "draft" && record.may.includes("complete"));
  const may = record.may.includes("complete") || record.may.includes("amend");
  const isAmending = record.may.includes("amend");
  return (
    <section aria-labelledby="statement-title">
      <h2 id="statement-title">{t("incident_statement")}</h2>
      {isWriting && may ? (
        <StatementForm {...props} isAmending={isAmending} onDone={() => setWriting(false)} />
      ) : (
        <>
          <Written statement={statement} />
          {may && (
            <Button id="write" onClick={() => setWriting(true)}>
              {t(isAmending ? "incident_amend" : "incident_write")}
            </Button>
          )}
        </>
      )}
    </section>
  );
}

function Written({ statement }: { statement: Statement }) {
  const rows: [string, string][] = [
    [t("incident_place"), statement.place],
    ...LONG.map((name): [string, string] => [t(`incident_${name}`), statement[name]]),
    [t("incident_decided_by"), nameOf(statement.decided_by)],
    ...statement.checklist.map((one): [string, string] => [fieldWord(one.field), one.answer]),
  ];
  const filled = rows.filter(([, text]) => text);
  if (filled.length === 0) return <p className="soft">{t("incident_unwritten")}</p>;
  return (
    <dl className="answers">
      {filled.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Fields of the checklist that a person can still fill or correct, with what was written before. */
function judged(record: Incident): ChecklistAnswer[] {
  const written = new Map(record.content.statement.checklist.map((one) => [one.field, one]));
  return record.content.facts.checklist.map((one) => written.get(one.field) ?? { ...one, answer: "" });
}

function StatementForm({ record, user, carry, isAmending, onDone }: PartProps & { isAmending: boolean; onDone: () => void }) {
  const [said, setSaid] = useState<Statement>({ ...record.content.statement, checklist: judged(record) });
  const [seen] = useState({ seen: String(record.summary.version) }); // what was in the form when it was opened
  const [reason, setReason] = useState("");
  const [isTouched, setTouched] = useState(false);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    if (isTouched) addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, [isTouched]);
  function write(change: Partial<Statement>) {
    setSaid({ ...said, ...change });
    setTouched(true);
  }
  async function send(event: FormEvent) {
    event.preventDefault();
    const checklist = said.checklist.filter((one) => one.answer.trim()).map((one) => ({ ...one, by: one.by || user.name }));
    const statement = { ...said, checklist };
    const places = { incident_id: record.summary.incident_id };
    const act = () =>
      isAmending
        ? ask("POST /api/incidents/{incident_id}/amend", places, { reason: reason.trim(), statement }, seen)
        : ask("POST /api/incidents/{incident_id}/complete", places, statement, seen);
    setBusy(true);
    const isDone = await carry(act, t(isAmending ? "incident_amended" : "incident_completed"));
    setBusy(false);
    if (isDone) {
      setTouched(false);
      onDone();
    }
  }
  const isReady = said.account.trim() !== "" && (!isAmending || reason.trim() !== "");
  return (
    <form className="small-form" onSubmit={send} aria-labelledby="statement-title">
      <label>
        {t("incident_account")}
        <textarea required rows={6} value={said.account} onChange={(event) => write({ account: event.target.value })} />
      </label>
      <label>
        {t("incident_place")}
        <input value={said.place} maxLength={500} onChange={(event) => write({ place: event.target.value })} />
      </label>
      {LONG.slice(1).map((name) => (
        <label key={name}>
          {t(`incident_${name}`)}
          <textarea rows={2} value={said[name]} onChange={(event) => write({ [name]: event.target.value })} />
        </label>
      ))}
      {said.checklist.length > 0 && (
        <details>
          <summary>{t("incident_checklist")}</summary>
          {said.checklist.map((one, place) => (
            <label key={one.field}>
              {fieldWord(one.field)}
              <input
                value={one.answer}
                onChange={(event) =>
                  write({ checklist: said.checklist.with(place, { ...one, answer: event.target.value, by: user.name }) })
                }
              />
            </label>
          ))}
        </details>
      )}
      {isAmending && (
        <label>
          {t("incident_reason")}
          <input required value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />
        </label>
      )}
      <div className="acts">
        <Button type="submit" look="act" disabled={!isReady || isBusy}>
          {t(isAmending ? "incident_amend" : "complete")}
        </Button>
        <Button look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
