// What is to be reviewed: the queue and its lot, what reviewers differ on, and how far they agree.

import { type FormEvent, useState } from "react";
import { ask, sentence } from "../api/client";
import { loadPeople, nameOf } from "../api/people";
import { category, dayTime, decimal, probability, span, t, wordOf } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { follow, go } from "../ui/place";
import { tell } from "../ui/tell";
import { useLoaded } from "./load";
import { hrefWith } from "./place";
import { type NewVerdict, type Review, severityOf, type Verdict } from "./reviewing";
import { verdictWord } from "./Verdicts";
import { type Said, What } from "./What";
import "./review.css";

interface Entry {
  review: Review;
  started_at: string;
  duration_s: number;
  team: string;
  alerts: number;
}

interface Dispute {
  call_id: string;
  subject: string;
  at_s: number;
  started_at: string;
  first: Verdict | null;
  second: Verdict | null;
}

interface Agreement {
  category: string;
  units: number;
  said_by_both: number;
  said_by_one: number;
  observed: number | null;
  kappa: number | null;
  alpha: number | null;
  meaning: string;
}

interface Draw {
  drawn: Record<string, number>;
  among: Record<string, number>;
  known: number;
}

const DAY_MS = 86_400_000;

/** Wait for people's names before log-ins would be shown. */
async function named(disputes: Dispute[]): Promise<Dispute[]> {
  if (disputes.length) await loadPeople();
  return disputes;
}

export default function ReviewTab() {
  const queue = useLoaded("queue", () => ask<Entry[]>("GET /api/reviews", {}));
  const disputes = useLoaded("disputes", () => ask<Dispute[]>("GET /api/reviews/disputes", {}).then(named));
  const agreement = useLoaded("agreement", () => ask<Agreement[]>("GET /api/reviews/agreement", {}));
  const error = queue.error || disputes.error || agreement.error;
  if (error)
    return (
      <main className="waiting">
        <Empty of="not_guarded" heading={t("qa_not_loaded")}>
          <p>{error}.</p>
          <Button onClick={queue.again}>{t("qa_again")}</Button>
        </Empty>
      </main>
    );
  return (
    <main className="reviews">
      <div className="first">
        <Queue entries={queue.value ?? []} isLoaded={queue.value !== null} />
        <Disputes disputes={disputes.value ?? []} onSettled={disputes.again} />
      </div>
      <div className="second">
        <DrawForm onDrawn={queue.again} />
      </div>
      <AgreementTable rows={agreement.value ?? []} />
    </main>
  );
}

function Queue({ entries, isLoaded }: { entries: Entry[]; isLoaded: boolean }) {
  const waiting = entries.filter((one) => !one.review.reviewer);
  const begun = entries.filter((one) => one.review.reviewer && !one.review.finished_at);
  const done = entries.filter((one) => one.review.finished_at);
  return (
    <>
      {begun.length > 0 && <Entries id="begun" heading={t("rv_begun")} entries={begun} act={t("rv_go_on")} />}
      {isLoaded && waiting.length === 0 && begun.length === 0 ? (
        <section className="well">
          <h2 className="unseen">{t("rv_queue")}</h2>
          <Empty heading={t("rv_queue_empty")}>
            <p>{t("rv_queue_empty_next")}</p>
          </Empty>
        </section>
      ) : (
        waiting.length > 0 && <Entries id="queue" heading={t("rv_queue")} entries={waiting} act={t("rv_take")} />
      )}
      {done.length > 0 && (
        <details className="well done">
          <summary>
            {t("rv_done")} ({done.length})
          </summary>
          <Entries id="done" heading="" entries={done} act={t("rv_look")} />
        </details>
      )}
    </>
  );
}

function Entries({ id, heading, entries, act }: { id: string; heading: string; entries: Entry[]; act: string }) {
  async function open(entry: Entry) {
    try {
      if (!entry.review.reviewer) await ask("POST /api/reviews/{review_id}/take", { review_id: entry.review.review_id });
      go(hrefWith({ call: entry.review.call_id, from: "review" }));
    } catch (error) {
      tell(t("not_done", { why: sentence(error) }), true);
    }
  }
  const table = (
    <table className="found">
      <thead>
        <tr>
          <th scope="col">{t("rv_col_call")}</th>
          <th scope="col" className="end">
            {t("rv_col_length")}
          </th>
          <th scope="col">{t("rv_col_team")}</th>
          <th scope="col">{t("rv_col_why")}</th>
          <th scope="col">{t("rv_col_do")}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((one) => (
          <tr key={one.review.review_id}>
            <th scope="row">{dayTime(one.started_at)}</th>
            <td className="number end">{span(one.duration_s)}</td>
            <td>{one.team}</td>
            <td>
              {wordOf("rv_drawn", one.review.drawn)}
              {one.review.round === 2 && <span className="tag">{t("rv_is_second")}</span>}
            </td>
            <td>
              <Button size="small" onClick={() => open(one)} aria-label={`${act}: ${dayTime(one.started_at)}`}>
                {act}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!heading) return table;
  return (
    <section className="well" aria-labelledby={`${id}-title`} id={id}>
      <h2 id={`${id}-title`}>{heading}</h2>
      {table}
    </section>
  );
}

function DrawForm({ onDrawn }: { onDrawn: () => void }) {
  const [told, setTold] = useState("");
  async function draw(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const sent = new FormData(event.currentTarget);
    const until = new Date();
    const body = {
      seed: String(sent.get("seed")).trim(),
      since: new Date(until.getTime() - Number(sent.get("days")) * DAY_MS).toISOString(),
      until: until.toISOString(),
      alerting: Number(sent.get("alerting")),
      quiet: Number(sent.get("quiet")),
    };
    try {
      const made = await ask<Draw>("POST /api/reviews/draw", {}, body);
      setTold(
        t("rv_drew", {
          alerting: made.drawn.alerting ?? 0,
          quiet: made.drawn.quiet ?? 0,
          ofAlerting: made.among.alerting ?? 0,
          ofQuiet: made.among.quiet ?? 0,
          known: made.known,
        }),
      );
      onDrawn();
    } catch (error) {
      setTold(t("not_done", { why: sentence(error) }));
    }
  }
  return (
    <section className="well" aria-labelledby="draw-title">
      <h2 id="draw-title">{t("rv_draw")}</h2>
      <p className="soft">{t("rv_draw_how")}</p>
      <form className="draw" onSubmit={draw}>
        <label>
          <span>{t("rv_draw_seed")}</span>
          <input name="seed" required maxLength={100} defaultValue={new Date().toISOString().slice(0, 10)} />
        </label>
        <label>
          <span>{t("rv_draw_days")}</span>
          <input name="days" type="number" min={1} max={366} defaultValue={7} required />
        </label>
        <label>
          <span>{t("rv_draw_alerting")}</span>
          <input name="alerting" type="number" min={0} max={500} defaultValue={10} required />
        </label>
        <label>
          <span>{t("rv_draw_quiet")}</span>
          <input name="quiet" type="number" min={0} max={500} defaultValue={10} required />
        </label>
        <Button type="submit">{t("rv_draw_now")}</Button>
      </form>
      <p role="status">{told}</p>
    </section>
  );
}

function Disputes({ disputes, onSettled }: { disputes: Dispute[]; onSettled: () => void }) {
  const [open, setOpen] = useState("");
  async function settle(one: Dispute, { categories, severity, note }: Said) {
    const given = one.first ?? one.second;
    if (!given) return;
    const isSame = given.was.toSorted().join() === categories.toSorted().join();
    const stands = isSame && (severity ?? severityOf(given.was)) === severityOf(given.was);
    const about = given.about === "alert" ? "alert" : given.segment >= 0 ? "words" : "missed";
    const verdict: NewVerdict = {
      about,
      subject: about === "alert" ? given.subject : "",
      segment: given.segment,
      at_s: given.at_s,
      judgement: about === "missed" ? "missed" : stands ? "right" : "wrong",
      categories,
      severity,
      note,
    };
    try {
      await ask("POST /api/calls/{call_id}/review/settle", { call_id: one.call_id }, verdict);
      tell(t("rv_settled"));
      setOpen("");
      onSettled();
    } catch (error) {
      tell(t("not_done", { why: sentence(error) }), true);
    }
  }
  return (
    <section className="well" aria-labelledby="disputes-title" id="disputes">
      <h2 id="disputes-title">{t("rv_disputes")}</h2>
      {disputes.length === 0 && <p className="soft">{t("rv_disputes_none")}</p>}
      <ul className="disputes">
        {disputes.map((one) => {
          const key = `${one.call_id}|${one.subject}`;
          return (
            <li key={key}>
              <a href={hrefWith({ call: one.call_id, at: String(one.at_s), from: "review" })} onClick={follow}>
                {dayTime(one.started_at)}, <span className="number">{span(one.at_s)}</span>
              </a>
              <span>{[one.first, one.second].map(sideWord).join(" · ")}</span>
              {open === key ? (
                <What
                  label={t("rv_settle_as")}
                  ticked={bothSay(one)}
                  isNothingTold={((one.first ?? one.second)?.segment ?? -1) >= 0 || (one.first ?? one.second)?.about === "alert"}
                  onDone={() => setOpen("")}
                  onSend={(said) => settle(one, said)}
                />
              ) : (
                <Button size="small" onClick={() => setOpen(key)} aria-label={`${t("rv_settle")}: ${span(one.at_s)}`}>
                  {t("rv_settle")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const sideWord = (verdict: Verdict | null) =>
  verdict ? t("rv_others", { name: nameOf(verdict.by), word: verdictWord(verdict) }) : t("rv_stands");

/** The categories on which both agree; whoever said nothing let stand what callguard said. */
function bothSay({ first, second }: Dispute): string[] {
  const was = (first ?? second)?.was ?? [];
  const theirs = second?.categories ?? was;
  return (first?.categories ?? was).filter((one) => theirs.includes(one));
}

const rowWord = (of: string) => (of === "any" ? t("rv_any") : of === "severity" ? t("rv_severity") : category(of));
const number = (value: number | null) => (value === null ? "–" : probability(value));

function AgreementTable({ rows }: { rows: Agreement[] }) {
  const hasAny = rows.some((one) => one.units > 0);
  return (
    <section className="well wide" aria-labelledby="agreement-title" id="agreement">
      <h2 id="agreement-title">{t("rv_agreement")}</h2>
      <p className="soft">{t("rv_agreement_what")}</p>
      {!hasAny ? (
        <Empty heading={t("rv_agreement_none")}>
          <p>{t("rv_agreement_none_next")}</p>
        </Empty>
      ) : (
        <table className="found figures">
          <thead>
            <tr>
              <th scope="col">{t("rv_col_category")}</th>
              {(["units", "both", "one", "same", "kappa", "alpha"] as const).map((one) => (
                <th scope="col" className="end" key={one}>
                  {t(`rv_col_${one}`)}
                </th>
              ))}
              <th scope="col">{t("rv_col_meaning")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.category}>
                <th scope="row">{rowWord(one.category)}</th>
                <td className="number end">{one.units}</td>
                <td className="number end">{one.said_by_both}</td>
                <td className="number end">{one.said_by_one}</td>
                <td className="number end">{one.observed === null ? "–" : `${decimal(one.observed * 100)} %`}</td>
                <td className="number end">{number(one.kappa)}</td>
                <td className="number end">{number(one.alpha)}</td>
                <td>{wordOf("rv_means", one.meaning)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
