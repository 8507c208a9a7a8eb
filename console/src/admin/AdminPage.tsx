// The admin area: people, taps, engine, policy, models, records. For admins; everybody else is told where to go.

import { Suspense, useEffect, useState } from "react";
import { me } from "../api/session";
import type { User } from "../api/types";
import { homeOf } from "../areas";
import { t } from "../i18n";
import { Empty } from "../ui/Empty";
import { Menu } from "../ui/Menu";
import { Told } from "../ui/tell";
import { follow, useTab } from "./place";
import { TABS } from "./tabs";
import "./admin.css";

export default function AdminPage() {
  const [user, setUser] = useState<User | null>(null);
  useEffect(() => {
    void me().then(setUser);
  }, []);
  if (!user) return <main className="waiting loading">{t("loading")}</main>;
  return user.role === "admin" ? (
    <Frame user={user} />
  ) : (
    <main className="waiting">
      <Empty heading={t("admin_not_for_you")}>
        <p>
          <a href={homeOf(user.role)}>{t("admin_home")}</a>
        </p>
      </Empty>
    </main>
  );
}

function Frame({ user }: { user: User }) {
  const wanted = useTab();
  const tab = TABS.find((one) => one.id === wanted) ?? TABS[0];
  useEffect(() => {
    document.title = `${t(tab.name)} · callguard`;
  }, [tab]);
  return (
    <div className="admin">
      <header className="bar">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <h1>callguard</h1>
        </div>
        <nav aria-label={t("area_admin")}>
          <ul className="tabs">
            {TABS.map((one) => (
              <li key={one.id}>
                <a href={`/admin?tab=${one.id}`} onClick={follow} aria-current={one === tab ? "page" : undefined}>
                  {t(one.name)}
                </a>
              </li>
            ))}
            <li>
              <a href="/board">{t("area_board")}</a>
            </li>
          </ul>
        </nav>
        <Menu user={user} label={user.display_name || user.name} about={[t("admin_explained")]} />
      </header>
      <main>
        <Suspense fallback={<p className="loading">{t("loading")}</p>}>
          <tab.page />
        </Suspense>
      </main>
      <Told />
    </div>
  );
}
