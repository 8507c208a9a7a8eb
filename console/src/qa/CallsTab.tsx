// Find calls: what is asked stands in the address, so that a search can be kept, sent and gone back to.

import { useEffect, useRef, useState } from "react";
import { ask } from "../api/client";
import type { User } from "../api/types";
import { category, dayTime, decimal, span, t, tactic, tn } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { follow, go, usePlace } from "../ui/place";
import { StateBadge } from "../ui/Shape";
import { tell } from "../ui/tell";
import { ExportMenu } from "./ExportMenu";
import { Filters, paramsOf } from "./Filters";
import { useLoaded } from "./load";
import { hrefWith } from "./place";
import { type FoundCall, type FoundCalls, worstOf } from "./types";

const PAGE = 50;

export default function CallsTab({ user }: { user: User }) {
  const place = usePlace();
  const page = Math.max(1, Number(place.get("page")) || 1);
  const params = paramsOf(place);
  const key = `${params}&${page}`;
  const { value, error, isLoading, again } = useLoaded(key, () => find(params, page));
  const top = useRef<HTMLHeadingElement>(null);
  const [told, setTold] = useState("");
  useEffect(() => {
    if (!value || told === key) return;
    tell(tn("qa_found", value.total));
    setTold(key);
  }, [value]);
  function turn(to: number) {
    go(hrefWith({ page: to > 1 ? String(to) : null }, place));
    top.current?.focus();
  }
  return (
    <main className="calls">
      <Filters place={place} user={user} />
      <section className="results" aria-labelledby="found-title" aria-busy={isLoading}>
        <div className="title">
          <h2 id="found-title" tabIndex={-1} ref={top}>
            {value ? tn("qa_found", value.total) : t("qa_tab_calls")}
          </h2>
          {isLoading && <span className="soft">{t("loading")}</span>}
          {value && value.total > 0 && <ExportMenu params={params} total={value.total} />}
        </div>
        {error && (
          <div className="well">
            <Empty of="not_guarded" heading={t("qa_not_loaded")}>
              <p>{error}.</p>
              <Button onClick={again}>{t("qa_again")}</Button>
            </Empty>
          </div>
        )}
        {value?.total === 0 && (
          <div className="well" id="none">
            <Empty heading={t(params.size ? "qa_none_fit" : "qa_no_calls")}>
              <p>{t(params.size ? "qa_none_fit_next" : "qa_no_calls_next")}</p>
            </Empty>
          </div>
        )}
        {value && value.calls.length > 0 && <Results calls={value.calls} words={params.get("words") ?? ""} />}
        {value && value.total > PAGE && (
          <nav className="pages" aria-label={t("qa_pages")}>
            <Button size="small" disabled={page === 1} onClick={() => turn(page - 1)}>
              {t("qa_page_before")}
            </Button>
            <span className="number">{t("qa_page_of", { n: page, all: Math.ceil(value.total / PAGE) })}</span>
            <Button size="small" disabled={page * PAGE >= value.total} onClick={() => turn(page + 1)}>
              {t("qa_page_next")}
            </Button>
          </nav>
        )}
      </section>
    </main>
  );
}

async function find(params: URLSearchParams, page: number): Promise<FoundCalls> {
  const query = new URLSearchParams(params);
  query.set("limit", String(PAGE));
  query.set("offset", String((page - 1) * PAGE));
  return ask<FoundCalls>("GET /api/search", {}, undefined, query);
}

function Results({ calls, words }: { calls: FoundCall[]; words: string }) {
  return (
    <table className="well found">
      <thead>
        <tr>
          <th scope="col">{t("qa_col_call")}</th>
          <th scope="col">{t("qa_col_worst")}</th>
          <th scope="col">{t("qa_col_who")}</th>
          <th scope="col" className="end">
            {t("qa_col_length")}
          </th>
          <th scope="col">{t("qa_col_heard")}</th>
          <th scope="col">{t("qa_col_alerts")}</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <tr key={call.call_id}>
            <th scope="row">
              <a href={address(call)} onClick={follow}>
                {dayTime(call.started_at)}
              </a>
            </th>
            <td>
              <StateBadge of={worstOf(call)} />
            </td>
            <td className="whose">
              {call.agent_name || call.agent || t("agent_unknown")}
              {call.team && <span className="soft">{call.team}</span>}
            </td>
            <td className="number end">{lasted(call)}</td>
            <td className="heard">
              {call.said ? (
                <Said said={call.said} words={words} />
              ) : (
                <span className="tags">
                  {call.categories.map((one) => (
                    <span key={one} className="tag">
                      {category(one)}
                    </span>
                  ))}
                  {call.tactics.length > 0 && <span className="soft">{call.tactics.map(tactic).join(", ")}</span>}
                </span>
              )}
            </td>
            <td className="raised">{call.alerts > 0 && <Alerts call={call} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Alerts({ call }: { call: FoundCall }) {
  return (
    <>
      {tn("qa_alerts", call.alerts)}
      <span className="soft">{call.help_s === null ? t("qa_no_help") : t("qa_help_after", { n: decimal(call.help_s) })}</span>
    </>
  );
}

/** Where the words were said, opened just before them. */
function address(call: FoundCall): string {
  return hrefWith({ call: call.call_id, at: call.said ? String(Math.max(0, call.said.start_s)) : null });
}

function Said({ said, words }: { said: NonNullable<FoundCall["said"]>; words: string }) {
  return (
    <>
      <span className="soft">
        {t(`who_${said.channel}`)} <span className="number">{span(said.start_s)}</span>
      </span>{" "}
      «{emphasised(said.text, words)}»
    </>
  );
}

/** The words that were looked for, in bold. */
function emphasised(text: string, words: string) {
  const asked = words.match(/[\p{L}\p{N}]+\*?/gu) ?? [];
  if (!asked.length) return text;
  const alternatives = asked.map((one) => (one.endsWith("*") ? `${one.slice(0, -1)}[\\p{L}\\p{N}]*` : one)).join("|");
  const found = new RegExp(`(?<![\\p{L}\\p{N}])(${alternatives})(?![\\p{L}\\p{N}])`, "giu");
  return text.split(found).map((part, place) => (place % 2 ? <strong key={place}>{part}</strong> : part));
}

function lasted(call: FoundCall): string {
  if (!call.ended_at) return t("qa_running");
  return span((Date.parse(call.ended_at) - Date.parse(call.started_at)) / 1000);
}
