// What narrows a search. Each change asks anew; the words when the reader pauses.

import { type ReactNode, useEffect, useState } from "react";
import { ask } from "../api/client";
import type { User } from "../api/types";
import { category, t, tactic } from "../i18n";
import { Button } from "../ui/Button";
import { go } from "../ui/place";
import { useLoaded } from "./load";
import { hrefWith } from "./place";
import { CATEGORIES, TACTICS } from "./types";

const PAUSE_MS = 350;
const LIVES = ["unanswered", "acknowledged", "escalated", "withdrawn"] as const;
const VERDICTS = ["none", "right", "wrong", "too_late", "missed"] as const;
const HELP_S = [10, 30, 60, 300] as const;
const NAMES = ["words", "team", "agent", "min_severity", "tactic", "life", "help_after_s", "verdict"];

/** What the address asks of the API. Days are the reader's own, from midnight to midnight. */
export function paramsOf(place: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of NAMES) if (place.get(name)) params.set(name, place.get(name) ?? "");
  for (const one of place.getAll("category")) params.append("category", one);
  const since = midnight(place.get("since"), 0);
  const until = midnight(place.get("until"), 1);
  if (since) params.set("since", since);
  if (until) params.set("until", until);
  return params;
}

function midnight(day: string | null, daysOn: number): string {
  const parts = day?.split("-").map(Number) ?? [];
  const [year, month, date] = parts;
  if (!year || !month || !date) return "";
  return new Date(year, month - 1, date + daysOn).toISOString();
}

export function Filters({ place, user }: { place: URLSearchParams; user: User }) {
  // From the address as it is by then: words are set a moment after they were typed, when other filters may have changed.
  const now = () => new URLSearchParams(location.search);
  const set = (name: string, value: string | null) => go(hrefWith({ [name]: value, page: null }, now()), false);
  const teams = useLoaded("teams", () => ask<string[]>("GET /api/search/teams", {}));
  const chosen = place.getAll("category");
  function choose(name: string, isOn: boolean) {
    const next = now();
    next.delete("category");
    next.delete("page");
    for (const one of CATEGORIES) if (one === name ? isOn : chosen.includes(one)) next.append("category", one);
    go(hrefWith({}, next), false);
  }
  return (
    <search className="filters">
      <form aria-label={t("qa_filters")} onSubmit={(event) => event.preventDefault()}>
        <Text name="words" place={place} onSet={set} word={t("qa_words")} hint={t("qa_words_hint")} type="search" />
        <div className="pair">
          <Text name="since" place={place} onSet={set} word={t("qa_since")} type="date" />
          <Text name="until" place={place} onSet={set} word={t("qa_until")} type="date" />
        </div>
        {user.role === "qa" && (
          <Select name="team" place={place} onSet={set} word={t("qa_team")}>
            {teams.value?.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </Select>
        )}
        <Text name="agent" place={place} onSet={set} word={t("qa_agent")} type="text" />
        <Select name="min_severity" place={place} onSet={set} word={t("qa_severity")}>
          {(["1", "2", "3", "4"] as const).map((one) => (
            <option key={one} value={one}>
              {t(`qa_severity_${one}`)}
            </option>
          ))}
        </Select>
        <details className="categories" open={chosen.length > 0 || undefined}>
          <summary>
            {t("qa_categories")}
            {chosen.length > 0 && <span className="tag strong">{chosen.length}</span>}
          </summary>
          <fieldset>
            <legend className="unseen">{t("qa_categories")}</legend>
            {CATEGORIES.map((one) => (
              <label key={one} className="check">
                <input type="checkbox" checked={chosen.includes(one)} onChange={(event) => choose(one, event.target.checked)} />
                <span>{category(one)}</span>
              </label>
            ))}
          </fieldset>
        </details>
        <Select name="tactic" place={place} onSet={set} word={t("qa_tactic")}>
          {TACTICS.map((one) => (
            <option key={one} value={one}>
              {tactic(one)}
            </option>
          ))}
        </Select>
        <Select name="life" place={place} onSet={set} word={t("qa_life")}>
          {LIVES.map((one) => (
            <option key={one} value={one}>
              {t(`qa_life_${one}`)}
            </option>
          ))}
        </Select>
        <Select name="verdict" place={place} onSet={set} word={t("qa_my_verdict")}>
          {VERDICTS.map((one) => (
            <option key={one} value={one}>
              {t(`qa_my_verdict_${one}`)}
            </option>
          ))}
        </Select>
        <Select name="help_after_s" place={place} onSet={set} word={t("qa_help")}>
          {HELP_S.map((one) => (
            <option key={one} value={one}>
              {t("qa_help_slower", { n: one })}
            </option>
          ))}
        </Select>
        <Button
          look="plain"
          size="small"
          disabled={paramsOf(place).size === 0}
          onClick={() => go(hrefWith({ tab: place.get("tab") }))}
          id="clear"
        >
          {t("qa_clear")}
        </Button>
      </form>
    </search>
  );
}

interface FieldProps {
  name: string;
  place: URLSearchParams;
  word: string;
  onSet: (name: string, value: string | null) => void;
}

function Select({ name, place, word, onSet, children }: FieldProps & { children: ReactNode }) {
  return (
    <label>
      <span>{word}</span>
      <select id={name} value={place.get(name) ?? ""} onChange={(event) => onSet(name, event.target.value)}>
        <option value="">{t("qa_any")}</option>
        {children}
      </select>
    </label>
  );
}

function Text({ name, place, word, onSet, type, hint }: FieldProps & { type: string; hint?: string }) {
  const there = place.get(name) ?? "";
  const [value, setValue] = useState(there);
  useEffect(() => setValue(there), [there]);
  useEffect(() => {
    if (value === there) return;
    const later = setTimeout(() => onSet(name, value), PAUSE_MS);
    return () => clearTimeout(later);
  }, [value]);
  return (
    <label>
      <span>{word}</span>
      <input
        id={name}
        type={type}
        value={value}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={hint && `${name}-hint`}
        onChange={(event) => setValue(event.target.value)}
      />
      {hint && (
        <span className="soft hint" id={`${name}-hint`}>
          {hint}
        </span>
      )}
    </label>
  );
}
