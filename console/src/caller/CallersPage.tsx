// The caller register: one caller's record, and for those who keep it a way to find one.

import { useEffect, useState } from "react";
import { loadPeople } from "../api/people";
import { me } from "../api/session";
import type { User } from "../api/types";
import { t } from "../i18n";
import { Empty } from "../ui/Empty";
import { Menu } from "../ui/Menu";
import { Told } from "../ui/tell";
import { CallerRecord } from "./CallerRecord";
import { Find } from "./Find";
import { isKeeper } from "./roles";
import "../incident/incident.css";
import "./caller.css";

export default function CallersPage() {
  const [user, setUser] = useState<User | null>(null);
  useEffect(() => {
    void Promise.all([me(), loadPeople()]).then(([found]) => setUser(found));
  }, []);
  if (!user) return <main className="waiting loading">{t("loading")}</main>;
  const id = new URLSearchParams(location.search).get("id");
  return (
    <div className="incident-page">
      <header className="bar">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <span>callguard</span>
        </div>
        <nav aria-label={t("areas")}>
          {user.role === "agent" ? <a href="/agent">{t("area_agent")}</a> : <a href="/board">{t("area_board")}</a>}
          {user.role !== "agent" && <a href="/incidents">{t("area_incidents")}</a>}
          {id && isKeeper(user.role) && <a href="/callers">{t("area_callers")}</a>}
        </nav>
        <Menu user={user} label={user.display_name || user.name} about={[t("callers_explained")]} />
      </header>
      <main>
        {id ? (
          <CallerRecord id={id} user={user} />
        ) : isKeeper(user.role) ? (
          <Find />
        ) : (
          <Empty heading={t("callers_not_yours")}>
            <p>{t("callers_not_yours_next")}</p>
          </Empty>
        )}
      </main>
      <Told />
    </div>
  );
}
