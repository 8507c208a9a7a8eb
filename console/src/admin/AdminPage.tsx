// The admin area: people, taps, engine, policy, models, records. For admins; everybody else is told where to go.

import { Suspense, useEffect, useState } from "react";
import { me } from "../api/session";
import type { User } from "../api/types";
import { homeOf } from "../areas";
import { t } from "../i18n";
import { Empty } from "../ui/Empty";
import { usePlace } from "../ui/place";
import { TabBar, type TabLink } from "../ui/TabBar";
import { Told } from "../ui/tell";
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
  const wanted = usePlace().get("tab");
  const tab = TABS.find((one) => one.id === wanted) ?? TABS[0];
  useEffect(() => {
    document.title = `${t(tab.name)} · callguard`;
  }, [tab]);
  const links = TABS.map((one): TabLink => {
    return { href: `/admin?tab=${one.id}`, word: t(one.name), current: one === tab ? "page" : undefined };
  });
  return (
    <div className="admin">
      <TabBar area={t("area_admin")} links={links} user={user} about={t("admin_explained")} />
      <main>
        <Suspense fallback={<p className="loading">{t("loading")}</p>}>
          <tab.page />
        </Suspense>
      </main>
      <Told />
    </div>
  );
}
