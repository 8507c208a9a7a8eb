import { useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import { category, dayTime, incidentStatus, t } from "../i18n";
import { Complaint } from "../ui/Complaint";
import { Empty } from "../ui/Empty";
import { hrefOf } from "./hrefs";
import type { Summary } from "./types";

const SHOWN = ["all", "draft", "completed", "amended", "signed"] as const;
type Shown = (typeof SHOWN)[number];

/** All records that the reader may see, the latest call first. */
export function IncidentList() {
  const [found, setFound] = useState<Summary[] | null>(null);
  const [why, setWhy] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  useEffect(() => {
    document.title = `${t("area_incidents")} · callguard`;
    ask<Summary[]>("GET /api/incidents", {}).then(setFound, (error) => setWhy(sentence(error)));
  }, []);
  const rows = (found ?? []).filter((one) => shown === "all" || one.status === shown);
  return (
    <div className="record-list">
      <h1>{t("area_incidents")}</h1>
      <label className="pick">
        {t("incident_show")}
        <select value={shown} onChange={(event) => setShown(event.target.value as Shown)}>
          {SHOWN.map((one) => (
            <option key={one} value={one}>
              {incidentStatus(one)}
            </option>
          ))}
        </select>
      </label>
      <Complaint why={why} />
      {!found && !why && <p className="loading">{t("loading")}</p>}
      {found && rows.length === 0 && (
        <div className="well">
          <Empty heading={t("incident_none")}>
            <p>{t("incident_none_next")}</p>
          </Empty>
        </div>
      )}
      {rows.length > 0 && (
        <ul className="well rows">
          {rows.map((one) => (
            <li key={one.incident_id}>
              <a href={hrefOf(one.incident_id)}>
                <strong>{nameOf(one.agent) || t("agent_unknown")}</strong>
                <span>{one.categories.map(category).join(", ")}</span>
                <span className="soft number">{dayTime(one.happened_at)}</span>
                <span className="tag">{incidentStatus(one.status)}</span>
                {one.is_on_hold && <span className="tag strong">{t("incident_on_hold")}</span>}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
