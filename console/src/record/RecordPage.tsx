// The page of records of one kind: the bar with the areas around it, and what belongs to the reader.

import { type ReactNode, useEffect, useState } from "react";
import { loadPeople } from "../api/people";
import { me } from "../api/session";
import type { StaffRole, User } from "../api/types";
import { homeOf } from "../areas";
import { type MessageKey, t } from "../i18n";
import { Menu } from "../ui/Menu";
import { Told } from "../ui/tell";
import "./record.css";

const HOME_NAMES: Partial<Record<StaffRole, MessageKey>> = { agent: "area_agent", admin: "area_admin" };

interface Props {
  /** What these records are for. */
  about: string;
  /** Links that stand beside the one to the reader's own area. */
  links: (user: User) => ReactNode;
  children: (user: User) => ReactNode;
}

export function RecordPage({ about, links, children }: Props) {
  const [user, setUser] = useState<User | null>(null);
  useEffect(() => {
    void Promise.all([me(), loadPeople()]).then(([found]) => setUser(found));
  }, []);
  if (!user) return <main className="waiting loading">{t("loading")}</main>;
  return (
    <div className="record-page">
      <header className="bar">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <span>callguard</span>
        </div>
        <nav aria-label={t("areas")}>
          <a href={homeOf(user.role)}>{t(HOME_NAMES[user.role] ?? "area_board")}</a>
          {links(user)}
        </nav>
        <Menu user={user} label={user.display_name || user.name} about={[about]} />
      </header>
      <main>{children(user)}</main>
      <Told />
    </div>
  );
}
