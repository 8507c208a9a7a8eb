// Thresholds by verdicts: a curve for each category, what another threshold or version would have done, and a proposal.

import { type FormEvent, useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import type { User } from "../api/types";
import { category, probability, t, tn } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { usePlace } from "../ui/place";
import { tell } from "../ui/tell";
import { useLoaded } from "./load";
import { movedIn } from "./trial";
import { type Moved, useWhatIf, WhatIfResult } from "./WhatIf";
import "./review.css";

interface Point {
  threshold: number;
  right: number;
  wrong: number;
  missed: number;
  precision: number | null;
  recall: number | null;
}

interface Curve {
  category: string;
  today: Point;
  points: Point[];
  examples: number;
}

export interface Curves {
  calls: number;
  quiet_calls: number;
  utterances: number;
  in_dispute: number;
  running: string;
  policies: string[];
  thresholds: Record<string, number>;
  curves: Curve[];
}

export default function TuningTab(_: { user: User }) {
  const { value, error, again } = useLoaded("curves", () => ask<Curves>("GET /api/tuning/curves", {}));
  if (error)
    return (
      <main className="waiting">
        <Empty of="not_guarded" heading={t("qa_not_loaded")}>
          <p>{error}.</p>
          <Button onClick={again}>{t("qa_again")}</Button>
        </Empty>
      </main>
    );
  return value ? <Tuning curves={value} /> : <main className="loading">{t("loading")}</main>;
}

function Tuning({ curves }: { curves: Curves }) {
  const place = usePlace();
  const [moved, setMoved] = useState<Moved>(() => movedIn(place));
  const [policy, setPolicy] = useState(() => place.get("policy") ?? "");
  const whatIf = useWhatIf();
  useEffect(() => {
    if (place.has("move")) whatIf.ask({ policy, thresholds: moved }); // tried on one call already, and brought here
  }, []);
  const move = (name: string, threshold: number, today: number) =>
    setMoved(({ [name]: _, ...rest }) => (threshold === today ? rest : { ...rest, [name]: threshold }));
  const places = Object.entries(moved).map(([name, to]) => {
    const from = curves.thresholds[name] ?? 0;
    return t("tn_moved", { category: category(name), from: probability(from), to: probability(to) });
  });
  return (
    <main className="tuning">
      <section aria-labelledby="curves-title">
        <h2 id="curves-title">{t("rv_tab_tuning")}</h2>
        <p className="soft">
          {t("tn_what")} {tn("tn_from", curves.calls)}
          {curves.calls > 0 && (
            <>
              {", "}
              {t("tn_from_more", {
                quiet: curves.quiet_calls,
                utterances: curves.utterances,
                disputed: curves.in_dispute,
                policy: curves.running,
              })}
            </>
          )}
        </p>
        {curves.calls > 0 && curves.quiet_calls === 0 && <p className="tag caution">{t("tn_no_quiet")}</p>}
        {curves.curves.length === 0 && (
          <div className="well">
            <Empty heading={t(curves.calls ? "tn_no_curve" : "tn_none")}>
              <p>{t(curves.calls ? "tn_no_curve_next" : "tn_none_next")}</p>
            </Empty>
          </div>
        )}
        <div className="curves">
          {curves.curves.map((one) => (
            <CurveCard key={one.category} curve={one} at={moved[one.category] ?? one.today.threshold} onMove={move} />
          ))}
        </div>
      </section>
      <section className="well what-if" aria-labelledby="what-if-title">
        <h2 id="what-if-title">{t("tn_what_if")}</h2>
        <label>
          <span>{t("tn_policy")}</span>
          <select value={policy} onChange={(event) => setPolicy(event.target.value)}>
            <option value="">{t("tn_running", { label: curves.running })}</option>
            {curves.policies
              .filter((one) => one !== curves.running)
              .map((one) => (
                <option key={one}>{one}</option>
              ))}
          </select>
        </label>
        <p id="moved">{places.length ? places.join(" · ") : t("tn_moved_none")}</p>
        <div className="acts">
          <Button
            onClick={() => whatIf.ask({ policy, thresholds: moved })}
            disabled={whatIf.isAsking || (!policy && !places.length)}
          >
            {whatIf.isAsking ? t("tn_going_through") : t("tn_go_through")}
          </Button>
          {places.length > 0 && (
            <Button look="plain" onClick={() => setMoved({})}>
              {t("tn_reset")}
            </Button>
          )}
        </div>
        <WhatIfResult whatIf={whatIf} />
        {places.length > 0 && <Propose policy={policy} thresholds={moved} />}
      </section>
    </main>
  );
}

const percent = (value: number | null) => (value === null ? "–" : `${Math.round(value * 100)} %`);

function nearest(curve: Curve, threshold: number): Point {
  if (threshold === curve.today.threshold) return curve.today;
  return curve.points.reduce((best, one) =>
    Math.abs(one.threshold - threshold) < Math.abs(best.threshold - threshold) ? one : best,
  );
}

interface CardProps {
  curve: Curve;
  at: number;
  onMove: (category: string, threshold: number, today: number) => void;
}

function CurveCard({ curve, at, onMove }: CardProps) {
  const point = nearest(curve, at);
  const today = curve.today.threshold;
  return (
    <article className="well curve">
      <h3>{category(curve.category)}</h3>
      <CurveDrawing curve={curve} point={point} />
      <p className="key">
        <span className="line precision" aria-hidden="true" /> {t("tn_precision")} <strong>{percent(point.precision)}</strong>
        <span className="line recall" aria-hidden="true" /> {t("tn_recall")} <strong>{percent(point.recall)}</strong>
      </p>
      <label>
        <span>
          {t("tn_threshold", { category: category(curve.category) })}: <strong className="number">{probability(at)}</strong>{" "}
          <span className="soft">({t("tn_today", { n: probability(today) })})</span>
        </span>
        <input
          type="range"
          min={0.05}
          max={0.95}
          step={0.01}
          value={at}
          onChange={(event) => onMove(curve.category, Number(event.target.value), today)}
        />
      </label>
      <p className="soft">{t("tn_counts", { right: point.right, wrong: point.wrong, missed: point.missed })}</p>
      <details>
        <summary>{t("tn_as_table")}</summary>
        <table className="found figures">
          <thead>
            <tr>
              {(["threshold", "right", "wrong", "missed", "precision", "recall"] as const).map((one) => (
                <th scope="col" className="end" key={one}>
                  {t(`tn_col_${one}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {curve.points.map((one) => (
              <tr key={one.threshold}>
                <th scope="row" className="number end">
                  {probability(one.threshold)}
                </th>
                <td className="number end">{one.right}</td>
                <td className="number end">{one.wrong}</td>
                <td className="number end">{one.missed}</td>
                <td className="number end">{percent(one.precision)}</td>
                <td className="number end">{percent(one.recall)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </article>
  );
}

const WIDTH = 320;
const HEIGHT = 140;
const EDGE = 8;
const x = (threshold: number) => EDGE + threshold * (WIDTH - 2 * EDGE);
const y = (share: number) => HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE);

function line(points: Point[], of: "precision" | "recall"): string {
  const told = points.filter((one) => one[of] !== null);
  return told.map((one, place) => `${place ? "L" : "M"}${x(one.threshold)},${y(one[of] ?? 0)}`).join("");
}

function CurveDrawing({ curve, point }: { curve: Curve; point: Point }) {
  const today = x(curve.today.threshold);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("tn_curve_of", { category: category(curve.category) })}>
      {[0, 0.5, 1].map((share) => (
        <path key={share} className="grid" d={`M${EDGE},${y(share)}H${WIDTH - EDGE}`} />
      ))}
      <path className="today" d={`M${today},${EDGE}V${HEIGHT - EDGE}`} />
      <path className="precision" d={line(curve.points, "precision")} />
      <path className="recall" d={line(curve.points, "recall")} />
      {point.precision !== null && <circle className="precision" cx={x(point.threshold)} cy={y(point.precision)} r={5} />}
      {point.recall !== null && <circle className="recall" cx={x(point.threshold)} cy={y(point.recall)} r={5} />}
    </svg>
  );
}

function Propose({ policy, thresholds }: { policy: string; thresholds: Moved }) {
  const [told, setTold] = useState("");
  async function propose(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const note = String(new FormData(event.currentTarget).get("note")).trim();
    try {
      const made = await ask<{ label: string }>("POST /api/tuning/proposals", {}, { policy, thresholds, note });
      setTold(t("tn_proposed", { label: made.label }));
      tell(t("tn_proposed", { label: made.label }));
    } catch (error) {
      setTold(t("not_done", { why: sentence(error) }));
    }
  }
  return (
    <form className="propose" onSubmit={propose}>
      <h3>{t("tn_propose")}</h3>
      <p className="soft">{t("tn_propose_what")}</p>
      <label>
        <span>{t("tn_why")}</span>
        <textarea name="note" rows={2} minLength={3} maxLength={2000} required />
      </label>
      <Button type="submit">{t("tn_propose_now")}</Button>
      <p role="status">{told}</p>
    </form>
  );
}
