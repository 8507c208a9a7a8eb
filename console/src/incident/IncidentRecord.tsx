import { useEffect } from "react";
import { ask } from "../api/client";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import { callerHref } from "../caller/hrefs";
import { category, dayTime, incidentStatus, t } from "../i18n";
import { RecordLayout, Unread, useRecord } from "../record/Record";
import { Comments, Files, History, Hold, Signing, Support } from "./Acts";
import { FactsPart } from "./Facts";
import { hrefOf } from "./hrefs";
import { StatementPart } from "./Statement";
import type { Incident } from "./types";

/** One record: on the left what the call itself says, on the right what people add to it. */
export function IncidentRecord({ id, version, user }: { id: string; version: number; user: User }) {
  const query: Record<string, string> = version ? { version: String(version) } : {};
  const load = () => ask<Incident>("GET /api/incidents/{incident_id}", { incident_id: id }, undefined, query);
  const { record, why, again, act } = useRecord(load, `${id} ${version}`);
  useEffect(() => {
    const look = () => document.hidden || void again(); // somebody may have signed it meanwhile
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [again]);

  if (!record) return <Unread heading={t("incident_not_read")} why={why} again={again} />;
  const { summary, content } = record;
  const isOld = version > 0 && version < summary.version;
  const may = isOld ? [] : record.may;
  const parts = { record: { ...record, may }, user, carry: act };
  const head = (
    <>
      <Heading record={record} />
      {isOld && (
        <p className="banner aside" role="status">
          <span>
            {t("incident_old_version", { n: version, all: summary.version })} <a href={hrefOf(id)}>{t("incident_newest")}</a>
          </span>
        </p>
      )}
    </>
  );
  return (
    <RecordLayout
      kind="incident"
      why={why}
      head={head}
      left={
        <>
          <FactsPart facts={content.facts} />
          {may.includes("export") && <Files record={record} />}
          <History record={record} />
        </>
      }
      right={
        <>
          <StatementPart {...parts} />
          <Signing {...parts} />
          <Comments {...parts} />
          {may.includes("offer_support") && <Support {...parts} />}
          {may.includes("hold") && <Hold {...parts} />}
        </>
      }
    />
  );
}

function Heading({ record: { summary, content } }: { record: Incident }) {
  const { facts } = content;
  useEffect(() => {
    document.title = `${t("incident_title")} · ${nameOf(summary.agent)} · callguard`;
  }, [summary.agent]);
  return (
    <header className="record-head">
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
