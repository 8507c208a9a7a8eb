import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { ask, sentence } from "../api/client";
import type { Evidence } from "../api/types";
import { measureWord, t } from "../i18n";
import { type Known, pieces } from "../model/call";
import { Button } from "../ui/Button";
import { ColleaguePick } from "../ui/ColleaguePick";
import type { BoardDesk } from "./desk";

export const MEASURES = ["police", "escort", "other_protection", "none"];

interface FormProps {
  desk: BoardDesk;
  decision: Known;
  onDone: () => void;
}

function Shell({
  label,
  send,
  isReady,
  onDone,
  onSend,
  children,
}: {
  label?: string;
  send: string;
  isReady: boolean;
  onDone: () => void;
  onSend: () => Promise<boolean>;
  children: ReactNode;
}) {
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isReady && (await onSend())) onDone();
  }
  return (
    <form className="small-form" onSubmit={submit} aria-label={label}>
      {children}
      <div className="acts">
        <Button type="submit" disabled={!isReady}>
          {send}
        </Button>
        <Button look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

/** One line that must be written. */
function OneLine({
  question,
  send,
  onDone,
  onSend,
}: {
  question: string;
  send: string;
  onDone: () => void;
  onSend: (text: string) => Promise<boolean>;
}) {
  const [text, setText] = useState("");
  return (
    <Shell send={send} isReady={text.trim() !== ""} onDone={onDone} onSend={() => onSend(text.trim())}>
      <label>
        {question}
        {/* biome-ignore lint/a11y/noAutofocus: it opens because the reader pressed its button */}
        <input value={text} onChange={(event) => setText(event.target.value)} autoFocus />
      </label>
    </Shell>
  );
}

export const Decline = ({ desk, decision, onDone }: FormProps) => (
  <OneLine question={t("decline_why")} send={t("decline_send")} onDone={onDone} onSend={(text) => desk.decline(decision, text)} />
);

export function HandOver({ desk, decision, onDone }: FormProps) {
  const [to, setTo] = useState("");
  return (
    <Shell send={t("hand_over_send")} isReady={to !== ""} onDone={onDone} onSend={() => desk.handOver(decision, to)}>
      <ColleaguePick label={t("hand_over_to")} except={desk.user.name} value={to} onPick={setTo} isFirst />
    </Shell>
  );
}

/** What is done about a threat: people decide, and the record says who and when. */
export function DecideThreat({ desk, decision, onDone }: FormProps) {
  const [measures, setMeasures] = useState<string[]>([]);
  const [note, setNote] = useState("");
  const isReady = measures.length > 0 && (!measures.includes("none") || note.trim() !== "");
  function turn(name: string, isOn: boolean) {
    const others = name === "none" ? [] : measures.filter((one) => one !== name && one !== "none");
    setMeasures(isOn ? [...others, name] : measures.filter((one) => one !== name));
  }
  return (
    <Shell
      label={t("threat_title")}
      send={t("threat_send")}
      isReady={isReady}
      onDone={onDone}
      onSend={() => desk.decide(decision, measures, note.trim())}
    >
      <fieldset>
        <legend>{t("threat_title")}</legend>
        {MEASURES.map((name) => (
          <label key={name} className="check">
            <input type="checkbox" checked={measures.includes(name)} onChange={(event) => turn(name, event.target.checked)} />
            <span>{measureWord(name)}</span>
          </label>
        ))}
      </fieldset>
      <label>
        {t("threat_note")}
        <textarea rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
      </label>
    </Shell>
  );
}

/** How sure the scorer was, in words: people act on words, not on figures. */
const sure = (confidence: number) => t(confidence >= 0.9 ? "sure_very" : confidence >= 0.7 ? "sure_fairly" : "sure_hardly");

/** The last half minute before an alert, and ten seconds to hear. */
export function EvidencePart({ decision }: { decision: Known }) {
  const [isOpen, setOpen] = useState(false);
  const [found, setFound] = useState<Evidence | null>(null);
  const [unread, setUnread] = useState("");
  const [unheard, setUnheard] = useState("");
  const places = { decision_id: decision.decision_id };
  const sound = useRef<HTMLAudioElement | null>(null);
  useEffect(() => {
    if (isOpen && !found)
      ask<Evidence>("GET /api/alerts/{decision_id}/evidence", places).then(
        (read) => {
          setFound(read);
          setUnread("");
        },
        (error) => setUnread(t("evidence_not_read", { why: sentence(error) })),
      );
  }, [isOpen]);
  useEffect(() => () => sound.current?.pause(), []);
  async function play() {
    setUnheard("");
    sound.current?.pause(); // from the beginning, and never over itself
    const begun = new Audio(`/api/alerts/${encodeURIComponent(decision.decision_id)}/audio`);
    sound.current = begun;
    await begun.play().catch(() => sound.current === begun && begun.error && setUnheard(t("evidence_not_heard")));
  }
  return (
    <details className="evidence" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("evidence")}</summary>
      {found && (
        <ul>
          {found.said.length === 0 && <li className="soft">{t("no_evidence")}</li>}
          {found.said.map((one) => (
            <li key={`${one.channel}${one.start_s}`}>
              <span className="soft">{t(`who_${one.channel}`)}</span>{" "}
              {one.text === found.text
                ? pieces(one.text, found.spans).map((piece, place) =>
                    piece.category ? <mark key={place}>{piece.text}</mark> : piece.text,
                  )
                : one.text}
            </li>
          ))}
        </ul>
      )}
      {found?.confidence != null && <p className="soft">{sure(found.confidence)}</p>}
      {unread && <p role="alert">{unread}</p>}
      {unheard && <p role="alert">{unheard}</p>}
      {isOpen && (
        <Button size="small" onClick={() => void play()}>
          ▶ {t("play_10_s")}
        </Button>
      )}
    </details>
  );
}
