// What another policy would have done: asked for, and shown.

import { useRef, useState } from "react";
import { ask, sentence } from "../api/client";
import { category, span, t, wordOf } from "../i18n";
import { follow } from "../ui/place";
import { hrefWith } from "./place";

export type Moved = Record<string, number>;

export interface Changed {
  call_id: string;
  fate: "stays" | "moves" | "comes" | "goes";
  category: string;
  because: string;
  before_s: number | null;
  after_s: number | null;
  verdict: "" | "right" | "wrong";
}

interface Found {
  calls: number;
  of_calls: number;
  before: string;
  after: string;
  thresholds: Record<string, number>;
  /** Labels that can be asked about. */
  policies: string[];
  changes: Changed[];
}

export interface Asked {
  found: Found | null;
  error: string;
  isAsking: boolean;
  ask: (question: { policy: string; thresholds: Moved; call_id?: string }) => void;
}

export const FATES = ["comes", "goes", "moves", "stays"] as const;
const MOST_SHOWN = 100;

export function useWhatIf(): Asked {
  const [state, setState] = useState<Omit<Asked, "ask">>({ found: null, error: "", isAsking: false });
  const asked = useRef(0);
  return {
    ...state,
    ask: (question) => {
      asked.current += 1;
      const number = asked.current; // an answer that another question has overtaken is of no use
      const isNewest = () => number === asked.current;
      setState((was) => ({ ...was, isAsking: true }));
      ask<Found>("POST /api/tuning/what-if", {}, question).then(
        (found) => isNewest() && setState({ found, error: "", isAsking: false }),
        (error) => isNewest() && setState({ found: null, error: sentence(error), isAsking: false }),
      );
    },
  };
}

export function WhatIfResult({ whatIf }: { whatIf: Asked }) {
  const { found, error } = whatIf;
  if (error) return <p role="alert">{t("not_done", { why: error })}</p>;
  if (!found) return null;
  const shown = found.changes.filter((one) => one.fate !== "stays").slice(0, MOST_SHOWN);
  return (
    <div className="found-changes" id="what-if-result" role="status">
      <p className="soft">{t("tn_result", { after: found.after, before: found.before, n: found.calls, all: found.of_calls })}</p>
      <dl className="fates">
        {FATES.map((fate) => {
          const own = found.changes.filter((one) => one.fate === fate);
          const right = own.filter((one) => one.verdict === "right").length;
          const wrong = own.filter((one) => one.verdict === "wrong").length;
          return (
            <div key={fate}>
              <dt>{wordOf("tn_fate", fate)}</dt>
              <dd className="number">{own.length}</dd>
              {right + wrong > 0 && <dd className="soft">{t("tn_judged", { right, wrong })}</dd>}
            </div>
          );
        })}
      </dl>
      {shown.length === 0 && <p>{t("tn_no_change")}</p>}
      <ul className="changes">
        {shown.map((one) => (
          <li key={`${one.call_id}${one.fate}${one.category}${one.before_s}${one.after_s}`}>
            <strong>{wordOf("tn_fate", one.fate)}</strong> {category(one.category)}
            {one.because && <> «{one.because}»</>}{" "}
            <a href={hrefWith({ call: one.call_id, at: String(one.after_s ?? one.before_s ?? 0) })} onClick={follow}>
              {one.fate === "moves"
                ? t("tn_change_moved", { from: span(one.before_s ?? 0), to: span(one.after_s ?? 0) })
                : t("tn_change_at", { at: span(one.after_s ?? one.before_s ?? 0) })}
            </a>
            {one.verdict && <span className="tag">{wordOf("rv", one.verdict)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
