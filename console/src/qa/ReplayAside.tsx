// The right-hand column of the replay: alerts with what became of them, comments at their moments, and who has listened.

import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import { category, clockTime, dayTime, decimal, measureWord, span, stateWord, t } from "../i18n";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { MarkCall, mayMark } from "../ui/MarkCall";
import { Shape } from "../ui/Shape";
import { tell } from "../ui/tell";
import { type ReplayDesk, useDesk } from "./desk";
import { useLoaded } from "./load";
import { Reviewing } from "./reviewing";
import type { Access, Act, StoryAlert } from "./types";
import { AlertVerdict, ReviewPanel } from "./Verdicts";
import { accessWord } from "./words";

export function Aside({
  desk,
  commentAt,
  onComment,
}: {
  desk: ReplayDesk;
  commentAt: number | null;
  onComment: (at: number | null) => void;
}) {
  useDesk(desk);
  // A call that goes on is reviewed once it is over; what is being written beside it stays.
  const mayReview = desk.user.role === "qa" && Boolean(desk.story?.ended_at);
  const reviewing = useMemo(() => (mayReview ? new Reviewing(desk) : null), [desk, mayReview]);
  useEffect(() => {
    reviewing?.load().catch((error) => tell(t("not_done", { why: sentence(error) }), true));
  }, [reviewing]);
  return (
    <aside aria-label={t("qa_beside")}>
      <section aria-labelledby="alerts-title">
        <h3 id="alerts-title">{t("qa_alerts_section")}</h3>
        {desk.alerts.length === 0 && <p className="soft">{t("qa_no_alerts")}</p>}
        {desk.alerts.map((alert) => (
          <Alert key={alert.decision_id} desk={desk} alert={alert} reviewing={reviewing} />
        ))}
      </section>
      {mayMark(desk.user.role) && <MarkCall callId={desk.callId} hasLink />}
      {reviewing && <ReviewPanel reviewing={reviewing} />}
      <Comments desk={desk} commentAt={commentAt} onComment={onComment} />
      {desk.user.role === "qa" && <Listened callId={desk.callId} />}
    </aside>
  );
}

function Alert({ desk, alert, reviewing }: { desk: ReplayDesk; alert: StoryAlert; reviewing: Reviewing | null }) {
  const looks = ["well", "one-alert", alert.settled === "withdrawn" ? "withdrawn" : ""];
  return (
    <article className={looks.filter(Boolean).join(" ")} data-state={alert.state}>
      <h4 className="state">
        <Shape of={alert.state} />
        <span>
          {stateWord(alert.state)} · {category(alert.category)}
        </span>
        <button
          type="button"
          className="at number"
          onClick={() => desk.seek(alert.heard_s)}
          aria-label={t("qa_go_to_alert", { at: span(alert.heard_s), category: category(alert.category) })}
        >
          {span(alert.heard_s)}
        </button>
      </h4>
      {alert.because && <p className="words">«{alert.because}»</p>}
      <ul className="life soft">
        <li>{t("qa_raised", { at: clockTime(alert.at), policy: alert.policy })}</li>
        {alert.settled && alert.settled !== "provisional" && <li>{t(alert.settled)}</li>}
        {alert.raised_again.map((at) => (
          <li key={at}>{t("qa_raised_again", { at: clockTime(at) })}</li>
        ))}
        {alert.acts.map((act) => (
          <li key={`${act.at}${act.what}${act.by}`}>
            <span className="number">{clockTime(act.at)}</span> {actWord(act)}
          </li>
        ))}
        {alert.settled !== "withdrawn" && (
          <li>
            <strong>{alert.help_s === null ? t("qa_no_help") : t("qa_help_after", { n: decimal(alert.help_s) })}</strong>
          </li>
        )}
      </ul>
      {reviewing && <AlertVerdict reviewing={reviewing} alert={alert} />}
    </article>
  );
}

function actWord(act: Act): string {
  switch (act.what) {
    case "acknowledged":
      return t("seen_by", { name: nameOf(act.by) });
    case "claimed":
      return t("claimed_by", { name: nameOf(act.by) });
    case "handed_over":
      return t("qa_handed_over", { name: nameOf(act.by), to: nameOf(act.detail) });
    case "declined":
      return t("declined_by", { name: nameOf(act.by), why: act.detail });
    case "threat_decided": {
      const [measures = "", ...note] = act.detail.split(" · ");
      const words = measures.split(", ").map(measureWord).join(", ");
      return [t("threat_decided", { name: nameOf(act.by), measures: words }), ...note].join(" · ");
    }
    default:
      return t("qa_shown_to", { name: nameOf(act.by) });
  }
}

function Comments({
  desk,
  commentAt,
  onComment,
}: {
  desk: ReplayDesk;
  commentAt: number | null;
  onComment: (at: number | null) => void;
}) {
  const comments = (desk.story?.comments ?? []).toSorted((a, b) => (a.at_s ?? -1) - (b.at_s ?? -1));
  return (
    <section aria-labelledby="comments-title">
      <h3 id="comments-title">{t("qa_comments")}</h3>
      <ul className="comments">
        {comments.map((one) => (
          <li key={`${one.at}${one.by}`} className="well">
            <p className="soft">
              {one.at_s !== null && (
                <button
                  type="button"
                  className="at number"
                  onClick={() => desk.seek(one.at_s ?? 0)}
                  aria-label={t("qa_play_from", { at: span(one.at_s) })}
                >
                  {span(one.at_s)}
                </button>
              )}
              <strong>{nameOf(one.by)}</strong>, {dayTime(one.at)}
            </p>
            <p>{one.text}</p>
          </li>
        ))}
      </ul>
      {commentAt === null ? (
        <Button onClick={() => onComment(desk.atS)} hint="C" id="comment">
          {t("qa_comment_here")}
        </Button>
      ) : (
        <Write key={commentAt} desk={desk} atS={commentAt} onDone={() => onComment(null)} />
      )}
    </section>
  );
}

function Write({ desk, atS, onDone }: { desk: ReplayDesk; atS: number; onDone: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [error, setError] = useState("");
  useEffect(() => field.current?.focus(), []);
  async function send(event: FormEvent) {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (!text) return onDone();
    try {
      await desk.comment(text, atS);
      tell(t("qa_commented"));
      onDone();
    } catch (failed) {
      setError(t("not_done", { why: sentence(failed) }));
    }
  }
  return (
    <form className="correct" onSubmit={send}>
      <label>
        <span>{t("qa_comment_at", { at: span(atS) })}</span>
        <textarea ref={field} rows={3} maxLength={4000} onKeyDown={(event) => event.key === "Escape" && onDone()} />
      </label>
      <p className="soft">{t("qa_comment_who_reads")}</p>
      <Complaint why={error} />
      <div className="acts">
        <Button size="small" type="submit">
          {t("qa_comment_send")}
        </Button>
        <Button size="small" look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

/** Everybody who has read or heard this call. */
function Listened({ callId }: { callId: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="listened" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("qa_listened")}</summary>
      {isOpen && <AccessList callId={callId} />}
    </details>
  );
}

function AccessList({ callId }: { callId: string }) {
  const { value, error } = useLoaded(callId, () => ask<Access[]>("GET /api/access", {}, undefined, { call_id: callId }));
  if (error) return <p>{error}.</p>;
  return (
    <ul className="life">
      {value?.map((one) => (
        <li key={`${one.at}${one.who}${one.what}`}>
          <span className="number soft">{dayTime(one.at)}</span> <strong>{nameOf(one.who)}</strong> {accessWord(one.what)}
          {one.detail && <span className="soft"> · {one.detail}</span>}
        </li>
      ))}
    </ul>
  );
}
