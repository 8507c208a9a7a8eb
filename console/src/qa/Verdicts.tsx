// Verdicts beside a replay: on each alert, on the line at the playhead, on what was missed; and the review that they make.

import { useEffect, useState } from "react";
import { sentence } from "../api/client";
import { nameOf } from "../api/people";
import { category, dayTime, span, t, tn, wordOf } from "../i18n";
import { keysChoice } from "../signals";
import { Button } from "../ui/Button";
import { tell } from "../ui/tell";
import { useDesk } from "./desk";
import { isWriting } from "./keys";
import { type Judgement, type NewVerdict, type Reviewing, severityOf, useReviewing, type Verdict } from "./reviewing";
import type { StoryAlert } from "./types";
import { severityWord, What } from "./What";
import "./review.css";

type Judged = Pick<Verdict, "judgement" | "categories" | "severity">;

export function verdictWord(verdict: Judged): string {
  const judgement = wordOf("rv", verdict.judgement);
  if (verdict.judgement === "right" || verdict.judgement === "too_late") return judgement;
  return `${judgement}, ${whatWord(verdict)}`;
}

/** What somebody says it is; how severe only where that is not what the categories say already. */
function whatWord({ categories, severity }: Judged): string {
  const what = t("rv_is_category", { category: categories.map(category).join(", ") || t("rv_nothing") });
  return severity === severityOf(categories)
    ? what
    : `${what} (${t("rv_severity_is", { n: severity, word: severityWord(severity) })})`;
}

async function keep(reviewing: Reviewing, verdict: NewVerdict): Promise<void> {
  try {
    tell(t("rv_said", { word: verdictWord(await reviewing.say(verdict)) }));
  } catch (error) {
    tell(t("not_done", { why: sentence(error) }), true);
  }
}

async function back(reviewing: Reviewing, subject: string): Promise<void> {
  try {
    await reviewing.takeBack(subject);
    tell(t("rv_taken_back"));
  } catch (error) {
    tell(t("not_done", { why: sentence(error) }), true);
  }
}

/** The verdict on one alert, inside its card. */
export function AlertVerdict({ reviewing, alert }: { reviewing: Reviewing; alert: StoryAlert }) {
  useReviewing(reviewing);
  const own = reviewing.own(alert.decision_id);
  const say = (judgement: Judgement) =>
    judgement === "wrong"
      ? reviewing.ask(alert.decision_id)
      : void keep(reviewing, { about: "alert", subject: alert.decision_id, judgement });
  const isDisputed = reviewing.seen?.disputed.some((one) => one === alert.decision_id || one === `words:${alert.segment}`);
  if (!reviewing.seen || alert.settled === "withdrawn") return null;
  return (
    <fieldset className="verdict">
      <legend>{t("rv_was_alert")}</legend>
      <Choices own={own} among={["right", "wrong", "too_late"]} onPick={say} />
      {reviewing.asking === alert.decision_id && (
        <What
          onDone={() => reviewing.ask("")}
          onSend={(said) => keep(reviewing, { about: "alert", subject: alert.decision_id, judgement: "wrong", ...said })}
        />
      )}
      <Given own={own} others={reviewing.others(alert.decision_id)} onBack={() => void back(reviewing, alert.decision_id)} />
      {isDisputed && <p className="tag strong">{t("rv_disputed")}</p>}
    </fieldset>
  );
}

const SMALL: Partial<Record<Judgement, string>> = { right: "✓", wrong: "✕", too_late: "◷" };

function Choices({ own, among, onPick }: { own: Verdict | null; among: Judgement[]; onPick: (one: Judgement) => void }) {
  return (
    <div className="acts">
      {among.map((one) => (
        <button
          key={one}
          type="button"
          className="button small"
          aria-pressed={own?.judgement === one}
          onClick={() => onPick(one)}
        >
          <span aria-hidden="true">{SMALL[one]}</span> {wordOf("rv", one)}
        </button>
      ))}
    </div>
  );
}

function Given({ own, others, onBack }: { own: Verdict | null; others: Verdict[]; onBack: () => void }) {
  if (!own && !others.length) return null;
  return (
    <ul className="life soft">
      {own && (
        <li>
          {verdictWord(own)} · {dayTime(own.at)}
          {own.note && <> · «{own.note}»</>}{" "}
          <Button size="small" look="plain" onClick={onBack}>
            {t("rv_take_back")}
          </Button>
        </li>
      )}
      {others.map((one) => (
        <li key={one.verdict_id}>
          {t(one.is_settling ? "rv_settled_by" : "rv_others", { name: nameOf(one.by), word: verdictWord(one) })}
          {one.note && <> · «{one.note}»</>}
        </li>
      ))}
    </ul>
  );
}

/** The review as a whole: whose it is, the line at the playhead, what was missed, and its end. */
export function ReviewPanel({ reviewing }: { reviewing: Reviewing }) {
  useReviewing(reviewing);
  useVerdictKeys(reviewing);
  const { seen } = reviewing;
  if (!seen) return null;
  const { own } = seen;
  return (
    <section className="well review-panel" aria-labelledby="review-title">
      <h3 id="review-title">{t("rv_title")}</h3>
      <p className="soft">
        {own ? t(own.round === 2 ? "rv_second" : "rv_first") : t("rv_not_begun")}{" "}
        {own?.finished_at ? t("rv_done_at", { at: dayTime(own.finished_at) }) : t(seen.is_blind ? "rv_blind" : "rv_open")}
      </p>
      <LineVerdict reviewing={reviewing} />
      <Missed reviewing={reviewing} />
      {!own?.finished_at && (
        <>
          {seen.alerts.length > 0 && <p role="status">{tn("rv_to_judge", seen.alerts.length)}</p>}
          <p className="soft hint">{t("rv_finish_hint")}</p>
          <Button
            id="finish"
            disabled={seen.alerts.length > 0}
            onClick={() =>
              reviewing.finish().then(
                () => tell(t("rv_finished")),
                (error) => tell(t("not_done", { why: sentence(error) }), true),
              )
            }
          >
            {t("rv_finish")}
          </Button>
        </>
      )}
    </section>
  );
}

/** The labels of the caller's line at the playhead. */
function LineVerdict({ reviewing }: { reviewing: Reviewing }) {
  useDesk(reviewing.desk);
  const [segment, setSegment] = useState(reviewing.lineHere?.segment ?? -1);
  useEffect(() => reviewing.desk.onMove(() => setSegment(reviewing.lineHere?.segment ?? -1)), [reviewing]);
  const line = reviewing.desk.lines.find((one) => one.channel !== "agent" && one.segment === segment);
  if (!line) return null;
  const subject = `words:${line.segment}`;
  const own = reviewing.own(subject);
  const label = line.labels.map(category).join(", ") || t("rv_nothing");
  return (
    <fieldset className="verdict" id="line-verdict">
      <legend>{t("rv_label_of", { at: span(line.start_s), word: label })}</legend>
      <Choices
        own={own}
        among={["right", "wrong"]}
        onPick={(judgement) =>
          judgement === "wrong"
            ? reviewing.ask(subject)
            : void keep(reviewing, { about: "words", segment: line.segment, judgement })
        }
      />
      {reviewing.asking === subject && (
        <What
          key={subject}
          isNothingTold={line.labels.length > 0}
          onDone={() => reviewing.ask("")}
          onSend={(said) => keep(reviewing, { about: "words", segment: line.segment, judgement: "wrong", ...said })}
        />
      )}
      <Given own={own} others={reviewing.others(subject)} onBack={() => void back(reviewing, subject)} />
    </fieldset>
  );
}

function Missed({ reviewing }: { reviewing: Reviewing }) {
  const [at, setAt] = useState(0);
  const isAsking = reviewing.asking === "missed";
  useEffect(() => {
    if (isAsking) setAt(reviewing.desk.atS);
  }, [isAsking]);
  return (
    <div className="missed">
      {reviewing.missed.length > 0 && (
        <ul className="life">
          {reviewing.missed.map((one) => (
            <li key={one.verdict_id}>
              <button type="button" className="at number" onClick={() => reviewing.desk.seek(one.at_s)}>
                {t("rv_missed_at", { at: span(one.at_s) })}
              </button>{" "}
              {whatWord(one)}
              {one.by === reviewing.desk.user.name && !one.is_settling ? (
                <Button size="small" look="plain" onClick={() => void back(reviewing, one.subject)}>
                  {t("rv_take_back")}
                </Button>
              ) : (
                <span className="soft"> · {nameOf(one.by)}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {isAsking ? (
        <What
          isNothingTold={false}
          label={`${t("rv_missed_at", { at: span(at) })}: ${t("rv_missed_what")}`}
          onDone={() => reviewing.ask("")}
          onSend={(said) => keep(reviewing, { about: "missed", at_s: Math.round(at * 10) / 10, judgement: "missed", ...said })}
        />
      ) : (
        <Button size="small" hint="4" onClick={() => reviewing.ask("missed")}>
          {t("rv_missed_here")}
        </Button>
      )}
    </div>
  );
}

/** 1, 2, 3 judge the alert at the playhead, 4 marks a miss, 5 and 6 judge the line, 0 takes the alert's verdict back. */
function useVerdictKeys(reviewing: Reviewing): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || keysChoice.get() !== "yes") return;
      if (verdictKey(reviewing, event.key)) event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [reviewing]);
}

function verdictKey(reviewing: Reviewing, key: string): boolean {
  const alert = reviewing.alertHere;
  const line = reviewing.lineHere;
  const judgement = ({ "1": "right", "2": "wrong", "3": "too_late" } as const)[key];
  if (judgement && alert) {
    if (judgement === "wrong") reviewing.ask(alert.decision_id);
    else void keep(reviewing, { about: "alert", subject: alert.decision_id, judgement });
  } else if (key === "4") reviewing.ask("missed");
  else if (key === "5" && line) void keep(reviewing, { about: "words", segment: line.segment, judgement: "right" });
  else if (key === "6" && line) reviewing.ask(`words:${line.segment}`);
  else if (key === "0" && alert) void back(reviewing, alert.decision_id);
  else return false;
  return true;
}
