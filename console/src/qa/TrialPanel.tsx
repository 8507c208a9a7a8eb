// «What if» beside a replay: thresholds to move, and which alerts of this call would come, go or move.

import { useEffect, useRef } from "react";
import { category, probability, span, t, wordOf } from "../i18n";
import { Button } from "../ui/Button";
import { follow } from "../ui/place";
import type { ReplayDesk } from "./desk";
import { type Trial, tuningHref } from "./trial";
import { type Changed, FATES } from "./WhatIf";

interface Props {
  desk: ReplayDesk;
  trial: Trial;
  /** Categories that came near their threshold on this call. */
  shown: string[];
  onClose: () => void;
}

export function TrialPanel({ desk, trial, shown, onClose }: Props) {
  const first = useRef<HTMLElement>(null);
  useEffect(() => first.current?.querySelector<HTMLElement>("input, select")?.focus(), []);
  const today = desk.story?.thresholds ?? {};
  const isMoved = Object.keys(trial.moved).length > 0;
  return (
    <section
      className="trial well"
      id="trial"
      aria-labelledby="trial-title"
      ref={first}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header>
        <h3 id="trial-title">{t("wi_title")}</h3>
        <p className="soft">{t("wi_about")}</p>
        <Button size="small" look="plain" onClick={onClose}>
          {t("close")}
        </Button>
      </header>
      <div className="moves">
        {shown.length === 0 && <p className="soft">{t("wi_nothing_near")}</p>}
        {shown.map((name) => (
          <label key={name}>
            <span>
              {t("tn_threshold", { category: category(name) })} <strong className="number">{probability(trial.at(name))}</strong>{" "}
              <span className="soft number">({t("tn_today", { n: probability(today[name] ?? 1) })})</span>
            </span>
            <input
              type="range"
              min={0.05}
              max={0.95}
              step={0.01}
              value={trial.at(name)}
              onChange={(event) => trial.move(name, Number(event.target.value))}
            />
          </label>
        ))}
        <label>
          <span>{t("tn_policy")}</span>
          <select value={trial.policy} onChange={(event) => trial.choose(event.target.value)}>
            <option value="">{trial.found ? t("tn_running", { label: trial.found.before }) : t("loading")}</option>
            {trial.found?.policies
              .filter((one) => one !== trial.found?.before)
              .map((one) => (
                <option key={one}>{one}</option>
              ))}
          </select>
        </label>
      </div>
      <div className="outcome">
        <Outcome desk={desk} trial={trial} />
        <div className="acts">
          {isMoved && (
            <a className="button small" id="propose-this" href={tuningHref(trial.policy, trial.moved)} onClick={follow}>
              {t("wi_propose")}
            </a>
          )}
          {(isMoved || trial.policy) && (
            <Button size="small" look="plain" onClick={trial.reset}>
              {t("tn_reset")}
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}

function Outcome({ desk, trial }: { desk: ReplayDesk; trial: Trial }) {
  const { found, error, isAsking } = trial;
  if (error) return <p role="alert">{t("not_done", { why: error })}</p>;
  if (!found) return <p className="soft">{t("wi_going_through")}</p>;
  const count = (fate: string) => found.changes.filter((one) => one.fate === fate).length;
  const other = found.changes.filter((one) => one.fate !== "stays");
  const then = desk.story?.policies ?? [];
  return (
    <>
      <p role="status" id="trial-result" data-asking={isAsking}>
        {isAsking
          ? t("wi_going_through")
          : FATES.map((fate) => (
              <span key={fate}>
                {wordOf("tn_fate", fate)} <strong className="number">{count(fate)}</strong>
              </span>
            ))}
      </p>
      {then.some((one) => one !== found.before) && (
        <p className="soft">{t("wi_decided_under", { before: then.join(", "), now: found.before })}</p>
      )}
      <ul className="life">
        {other.map((one) => (
          <li key={`${one.fate}${one.category}${one.before_s}${one.after_s}`} data-fate={one.fate}>
            <span className="sign" aria-hidden="true">
              {SIGN[one.fate]}
            </span>{" "}
            <button type="button" className="at" onClick={() => desk.seek(placeOf(one))}>
              {changeWord(one)}
            </button>
            {one.because && <> «{one.because}»</>}
            {one.verdict && <span className="tag">{wordOf("rv", one.verdict)}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

export const SIGN: Record<Changed["fate"], string> = { comes: "+", goes: "−", moves: "→", stays: "=" };
export const placeOf = (one: Changed) => one.after_s ?? one.before_s ?? 0;

export function changeWord(one: Changed): string {
  const places = { category: category(one.category), from: span(one.before_s ?? 0), to: span(one.after_s ?? 0) };
  return t(`wi_${one.fate}`, { ...places, at: span(placeOf(one)) });
}
