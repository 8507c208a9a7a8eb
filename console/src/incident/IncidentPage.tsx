// Incident records: what waits to be completed and signed, and one record to read, complete, sign and amend.

import { useEffect, useState } from "react";
import { loadPeople } from "../api/people";
import { me } from "../api/session";
import type { User } from "../api/types";
import { t } from "../i18n";
import { Menu } from "../ui/Menu";
import { Told } from "../ui/tell";
import { IncidentList } from "./IncidentList";
import { IncidentRecord } from "./IncidentRecord";
import "./incident.css";

export default function IncidentPage() {
  const [user, setUser] = useState<User | null>(null);
  useEffect(() => {
    void Promise.all([me(), loadPeople()]).then(([found]) => setUser(found));
  }, []);
  if (!user) return <main className="waiting loading">{t("loading")}</main>;
  const place = new URLSearchParams(location.search);
  const id = place.get("id");
  return (
    <div className="incident-page">
      <header className="bar">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <span>callguard</span>
        </div>
        <nav aria-label={t("areas")}>
          {user.role === "agent" ? <a href="/agent">{t("area_agent")}</a> : <a href="/board">{t("area_board")}</a>}
          {id && <a href="/incidents">{t("area_incidents")}</a>}
        </nav>
        <Menu user={user} label={user.display_name || user.name} about={[t("incident_explained")]} />
      </header>
      <main>{id ? <IncidentRecord id={id} version={Number(place.get("version") ?? 0)} user={user} /> : <IncidentList />}</main>
      <Told />
    </div>
  );
}
