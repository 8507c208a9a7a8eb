import { type FormEvent, useState } from "react";
import { ask } from "../api/client";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import { dayTime, t } from "../i18n";
import { Button } from "../ui/Button";
import type { Act } from "../ui/fresh";
import { isKeeper, mayNote } from "./roles";
import type { Caller, Note } from "./types";

interface Props {
  caller: Caller;
  user: User;
  act: Act;
}

/** What the next person should know; warnings for colleagues who go there come first. */
export function Notes({ caller, user, act }: Props) {
  const standing = caller.notes.filter((one) => !one.ended_at);
  const visits = standing.filter((one) => one.for_visits);
  const others = standing.filter((one) => !one.for_visits);
  const ended = caller.notes.filter((one) => one.ended_at);
  const listed = (notes: Note[]) => (
    <ul className="entries">
      {notes.map((one) => (
        <Entry key={one.note_id} note={one} mayEnd={isKeeper(user.role)} act={act} />
      ))}
    </ul>
  );
  return (
    <section aria-labelledby="notes-title" id="notes">
      <h2 id="notes-title">{t("caller_notes")}</h2>
      {standing.length === 0 && <p className="soft">{t("caller_no_notes")}</p>}
      {visits.length > 0 && (
        <div className="visits" id="visits">
          <h3>{t("caller_visits")}</h3>
          {listed(visits)}
        </div>
      )}
      {listed(others)}
      {ended.length > 0 && (
        <details>
          <summary>{t("caller_notes_ended", { n: ended.length })}</summary>
          {listed(ended)}
        </details>
      )}
      {mayNote(user.role) && <Write caller={caller.caller} act={act} />}
    </section>
  );
}

function Entry({ note, mayEnd, act }: { note: Note; mayEnd: boolean; act: Act }) {
  const end = () => ask("POST /api/notes/{note_id}/end", { note_id: note.note_id });
  return (
    <li>
      <p>{note.text}</p>
      <p className="soft">
        {nameOf(note.by)} · <span className="number">{dayTime(note.at)}</span>
        {note.ended_at && ` · ${t("caller_note_ended_by", { name: nameOf(note.ended_by), when: dayTime(note.ended_at) })}`}
      </p>
      {mayEnd && !note.ended_at && (
        <Button
          size="small"
          aria-label={t("caller_note_end_of", { text: note.text })}
          onClick={() => void act(end, t("caller_note_is_ended"))}
        >
          {t("caller_note_end")}
        </Button>
      )}
    </li>
  );
}

function Write({ caller, act }: { caller: string; act: Act }) {
  const [text, setText] = useState("");
  const [isForVisits, setForVisits] = useState(false);
  async function send(event: FormEvent) {
    event.preventDefault();
    const body = { text: text.trim(), for_visits: isForVisits };
    if (!(await act(() => ask("POST /api/callers/{caller}/notes", { caller }, body), t("caller_noted")))) return;
    setText("");
    setForVisits(false);
  }
  return (
    <form className="small-form" onSubmit={send}>
      <label>
        {t("caller_note")}
        <textarea rows={2} maxLength={1000} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <label className="check">
        <input type="checkbox" checked={isForVisits} onChange={(event) => setForVisits(event.target.checked)} />
        <span>{t("caller_note_visits")}</span>
      </label>
      <div className="acts">
        <Button type="submit" size="small" disabled={!text.trim()}>
          {t("caller_note_send")}
        </Button>
      </div>
    </form>
  );
}
