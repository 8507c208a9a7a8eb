import { type FormEvent, useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import type { CallerView, ReviewQueue } from "../api/types";
import { dayTime, t, tn, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { callerHref } from "./hrefs";
import { type Limited, STATUSES } from "./types";

/** Find a caller by number; those with several incidents; all restrictions. */
export function Find() {
  const [repeated, setRepeated] = useState<CallerView[]>([]);
  const [restrictions, setRestrictions] = useState<Limited[] | null>(null);
  const [shown, setShown] = useState<string>("all");
  const [why, setWhy] = useState("");
  useEffect(() => {
    document.title = `${t("area_callers")} · callguard`;
    const say = (error: unknown) => setWhy(sentence(error));
    ask<ReviewQueue>("GET /api/queue", {}).then((queue) => setRepeated(queue.repeat_offenders), say);
    ask<Limited[]>("GET /api/restrictions", {}).then(setRestrictions, say);
  }, []);
  const rows = (restrictions ?? []).filter((one) => shown === "all" || one.status === shown);
  return (
    <div className="record-list">
      <h1>{t("area_callers")}</h1>
      <Search />
      <Complaint why={why} />
      {repeated.length > 0 && (
        <section aria-labelledby="repeated-title">
          <h2 id="repeated-title">{t("repeat_offenders")}</h2>
          <ul className="well rows">
            {repeated.map((one) => (
              <li key={one.caller}>
                <a href={callerHref(one.caller)}>
                  <strong>{one.number || t("caller")}</strong>
                  <span>{told(one.because)}</span>
                  <span className="soft number">
                    {tn("repeat_incidents", one.incidents.length)}
                    {one.incidents[0] && ` · ${t("caller_latest", { when: dayTime(one.incidents[0].happened_at) })}`}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="restrictions-title">
        <h2 id="restrictions-title">{t("callers_restrictions")}</h2>
        <label className="pick">
          {t("incident_show")}
          <select value={shown} onChange={(event) => setShown(event.target.value)}>
            {["all", ...STATUSES].map((one) => (
              <option key={one} value={one}>
                {wordOf("restriction_status", one)}
              </option>
            ))}
          </select>
        </label>
        {!restrictions && !why && <p className="loading">{t("loading")}</p>}
        {restrictions && rows.length === 0 && <p className="soft">{t("callers_no_restrictions")}</p>}
        {rows.length > 0 && (
          <ul className="well rows">
            {rows.map((one) => (
              <li key={one.restriction_id}>
                <a href={callerHref(one.caller)}>
                  <strong>{told(one.kind)}</strong>
                  <span>{one.reason}</span>
                  {one.ends_at && <span className="soft number">{t("restriction_ends", { when: dayTime(one.ends_at) })}</span>}
                  <span className="tag">{wordOf("restriction_status", one.status)}</span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

/** The number travels in the body and never stands in an address. */
function Search() {
  const [number, setNumber] = useState("");
  const [said, setSaid] = useState("");
  async function find(event: FormEvent) {
    event.preventDefault();
    setSaid("");
    try {
      const body = { caller: number.trim() };
      const found = await ask<{ caller: string; is_known: boolean }>("POST /api/callers/lookup", {}, body);
      if (found.is_known) location.assign(callerHref(found.caller));
      else setSaid(t("caller_not_found"));
    } catch (error) {
      setSaid(sentence(error));
    }
  }
  return (
    <form className="find-caller" onSubmit={find}>
      <label>
        {t("caller_find")}
        <input type="tel" autoComplete="off" maxLength={512} value={number} onChange={(event) => setNumber(event.target.value)} />
      </label>
      <Button type="submit" disabled={!number.trim()}>
        {t("caller_find_send")}
      </Button>
      <p role="status" id="found">
        {said}
      </p>
    </form>
  );
}
