import { useEffect, useRef, useState } from "react";
import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import { callerHref } from "../caller/hrefs";
import { category, dayTime, incidentStatus, t } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { tell } from "../ui/tell";
import { Comments, Files, History, Hold, Signing, Support } from "./Acts";
import { FactsPart } from "./Facts";
import { StatementPart } from "./Statement";
import type { Incident } from "./types";

/** Carry something out and show the record as it stands afterwards; true if it was done. */
export type Carry = (act: () => Promise<unknown>, done: string) => Promise<boolean>;

/** One record: on the left what the call itself says, on the right what people add to it. */
export function IncidentRecord({ id, version, user }: { id: string; version: number; user: User }) {
  const [record, setRecord] = useState<Incident | null>(null);
  const [why, setWhy] = useState("");
  const isAsking = useRef(false);
  const places = { incident_id: id };

  async function load() {
    if (isAsking.current) return;
    isAsking.current = true;
    try {
      const query: Record<string, string> = version ? { version: String(version) } : {};
      setRecord(await ask<Incident>("GET /api/incidents/{incident_id}", places, undefined, query));
      setWhy("");
    } catch (error) {
      setWhy(sentence(error));
    } finally {
      isAsking.current = false;
    }
  }
  useEffect(() => {
    void load();
    const look = () => document.hidden || void load(); // somebody may have signed it meanwhile
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [id, version]);

  const carry: Carry = async (act, done) => {
    setWhy("");
    try {
      await act();
    } catch (error) {
      setWhy(t("not_done", { why: sentence(error) }));
      return false;
    }
    tell(done);
    await load();
    return true;
  };

  if (!record)
    return why ? (
      <Empty of="not_guarded" heading={t("incident_not_read")}>
        <p role="alert">{why}</p>
        <Button onClick={() => void load()}>{t("incident_again")}</Button>
      </Empty>
    ) : (
      <p className="loading">{t("loading")}</p>
    );
  const { summary, content } = record;
  const isOld = version > 0 && version < summary.version;
  const may = isOld ? [] : record.may;
  const parts = { record: { ...record, may }, user, carry };
  return (
    <article className="incident" aria-labelledby="incident-title">
      <Heading record={record} />
      {isOld && (
        <p className="banner aside" role="status">
          <span>
            {t("incident_old_version", { n: version, all: summary.version })}{" "}
            <a href={`/incidents?id=${encodeURIComponent(id)}`}>{t("incident_newest")}</a>
          </span>
        </p>
      )}
      {why && (
        <p className="complaint" role="alert">
          {why}
        </p>
      )}
      <div className="two">
        <div className="parts">
          <FactsPart facts={content.facts} />
          {may.includes("export") && <Files record={record} />}
          <History record={record} />
        </div>
        <div className="parts">
          <StatementPart {...parts} />
          <Signing {...parts} />
          <Comments {...parts} />
          {may.includes("offer_support") && <Support {...parts} />}
          {may.includes("hold") && <Hold {...parts} />}
        </div>
      </div>
    </article>
  );
}

function Heading({ record: { summary, content } }: { record: Incident }) {
  const { facts } = content;
  useEffect(() => {
    document.title = `${t("incident_title")} · ${nameOf(summary.agent)} · callguard`;
  }, [summary.agent]);
  return (
    <header className="incident-head">
      <h1 id="incident-title">
        {t("incident_title")}: {summary.categories.map(category).join(", ")}
      </h1>
      <p>
        <span className="tag strong" id="incident-status">
          {incidentStatus(summary.status)}
        </span>
        {summary.is_on_hold && <span className="tag strong">{t("incident_on_hold")}</span>}
        {summary.about_care && <span className="tag strong">{t("incident_care")}</span>}
        <span>{dayTime(summary.happened_at)}</span>
        <strong>{nameOf(summary.agent) || t("agent_unknown")}</strong>
        {summary.caller && <a href={callerHref(summary.caller)}>{t("caller")}</a>}
        {facts.line && <span className="soft">{t("incident_line", { line: facts.line })}</span>}
      </p>
    </header>
  );
}
