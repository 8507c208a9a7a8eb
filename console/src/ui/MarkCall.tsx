// A person wants a record of a call, at any score: nobody has to justify it.

import { type FormEvent, useState } from "react";
import { ask, sentence } from "../api/client";
import type { StaffRole } from "../api/types";
import { t } from "../i18n";
import { hrefOf } from "../incident/hrefs";
import { Button } from "./Button";
import { Complaint } from "./Complaint";
import { tell } from "./tell";

const LAST = "callguard.marked";

/** Whether this tab marked the call: the last one is remembered, also when the page is loaded anew. */
export const hasMarked = (callId: string) => sessionStorage.getItem(LAST) === callId;

const ON_CALLS = new Set<StaffRole>(["agent", "senior"]);
/** Whose word makes a record; QA reads. */
export const mayMark = (role: StaffRole) => ON_CALLS.has(role);

interface Props {
  callId: string;
  /** At one press, without a word: for whoever is on the call. */
  isQuick?: boolean;
  /** Offer to read the record once there is one. */
  hasLink?: boolean;
  onMarked?: () => void;
}

interface Marked {
  incident: { incident_id: string } | null;
}

/** The button, the reason for those who want to give one, and what became of it. */
export function MarkCall({ callId, isQuick = false, hasLink = false, onMarked }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState("");
  const [incident, setIncident] = useState("");
  const [isMarked, setMarked] = useState(() => hasMarked(callId));

  async function mark(why: string) {
    setSending(true);
    setError("");
    try {
      const { incident: made } = await ask<Marked>("POST /api/calls/{call_id}/incident", { call_id: callId }, { why });
      sessionStorage.setItem(LAST, callId);
      setIncident(made?.incident_id ?? "");
      setMarked(true);
      tell(t(made ? "mark_done" : "mark_later"));
      onMarked?.();
    } catch (failed) {
      setError(t("not_done", { why: sentence(failed) }));
    } finally {
      setSending(false);
    }
  }

  if (isMarked)
    return (
      <p className="marked" id="marked">
        {t(incident ? "mark_done" : "mark_later")} {hasLink && incident && <a href={hrefOf(incident)}>{t("open_record")}</a>}
      </p>
    );
  return (
    <div className="mark-call">
      <Complaint why={error} />
      {isOpen ? (
        <Why isSending={isSending} onSend={mark} onCancel={() => setOpen(false)} />
      ) : (
        <Button
          id="mark"
          look={isQuick ? "plain" : "normal"}
          size="small"
          disabled={isSending}
          onClick={() => (isQuick ? void mark("") : setOpen(true))}
        >
          {t(isQuick ? "mark_quick" : "mark_open")}
        </Button>
      )}
    </div>
  );
}

interface WhyProps {
  isSending: boolean;
  onSend: (why: string) => Promise<void>;
  onCancel: () => void;
}

function Why({ isSending, onSend, onCancel }: WhyProps) {
  const [why, setWhy] = useState("");
  function send(event: FormEvent) {
    event.preventDefault();
    void onSend(why.trim());
  }
  return (
    <form className="small-form" onSubmit={send}>
      <label>
        {t("mark_why")}
        {/* biome-ignore lint/a11y/noAutofocus: it opens because the reader pressed its button */}
        <textarea rows={2} maxLength={2000} value={why} onChange={(event) => setWhy(event.target.value)} autoFocus />
      </label>
      <div className="acts">
        <Button type="submit" size="small" disabled={isSending}>
          {t("mark_send")}
        </Button>
        <Button size="small" look="plain" onClick={onCancel}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
