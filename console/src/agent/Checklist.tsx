import { type FormEvent, useState } from "react";
import { nameOf } from "../api/people";
import type { Question } from "../api/types";
import { fieldWord, t } from "../i18n";
import { Button } from "../ui/Button";
import type { AgentDesk } from "./desk";

/** A threat against the place: the next question on top, fields that fill themselves, and room for what only a person can judge. */
export function Checklist({ desk }: { desk: AgentDesk }) {
  const known = desk.call?.checklist ?? new Map<string, { value: string; by: string }[]>();
  const isFilled = (one: Question) => (known.get(one.field) ?? one.entries).length > 0;
  const asked = desk.questions.filter((one) => one.ask);
  const next = asked.find((one) => !isFilled(one));
  return (
    <section className="checklist" data-state="threat" aria-label={t("checklist_title")}>
      <p className="lead">
        <strong>{t("checklist_title")}</strong>
        <span className="soft push">{t("checklist_count", { done: asked.filter(isFilled).length, all: asked.length })}</span>
      </p>
      {next && <p className="question">{next.ask}</p>}
      <details>
        <summary>{t("checklist_fields")}</summary>
        <dl>
          {desk.questions.map((one) => (
            <Field key={one.field} desk={desk} question={one} entries={known.get(one.field) ?? one.entries} />
          ))}
        </dl>
      </details>
    </section>
  );
}

interface FieldProps {
  desk: AgentDesk;
  question: Question;
  entries: { value: string; by: string }[];
}

function Field({ desk, question, entries }: FieldProps) {
  const [text, setText] = useState("");
  async function save(event: FormEvent) {
    event.preventDefault();
    if (text.trim() && (await desk.writeField(question.field, text.trim()))) setText("");
  }
  return (
    <div className="field">
      <dt>{fieldWord(question.field)}</dt>
      <dd>
        {entries.map((one) => (
          <p key={one.value}>
            {one.by ? one.value : `«${one.value}»`} <span className="tag">{nameOf(one.by) || t("checklist_heard")}</span>
          </p>
        ))}
        <form onSubmit={save}>
          <input
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-label={`${t("checklist_write")}: ${fieldWord(question.field)}`}
          />
          <Button type="submit" size="small" disabled={!text.trim()}>
            {t("checklist_save")}
          </Button>
        </form>
      </dd>
    </div>
  );
}
