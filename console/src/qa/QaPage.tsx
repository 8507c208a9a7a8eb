// The QA area: its frame and tabs. A call that is being replayed stands in front of them.

import { type ComponentType, Suspense, useEffect, useState } from "react";
import type { User } from "../api/types";
import { t } from "../i18n";
import { Empty } from "../ui/Empty";
import { usePlace } from "../ui/place";
import { TabBar, type TabLink } from "../ui/TabBar";
import { Told } from "../ui/tell";
import { begin, whoIsIt } from "./early";
import { FROM_SEARCH, hrefWith } from "./place";
import { TABS } from "./tabs";
import "./qa.css";

type Replay = ComponentType<{ callId: string; user: User }>;

// Not React's lazy: it holds what has arrived back for a third of a second, twice on the way to a call.
const replayCode = () => import("./ReplayPage").then((found): Replay => found.default);
const asked = new URLSearchParams(location.search);
const askedCall = asked.get("call");
void whoIsIt();
if (askedCall) {
  void replayCode();
  begin(askedCall, asked.get("from") ?? FROM_SEARCH);
}

export default function QaPage() {
  const [user, setUser] = useState<User | null>(null);
  useEffect(() => {
    void whoIsIt().then(setUser);
  }, []);
  return user ? <Frame user={user} /> : <main className="waiting loading">{t("loading")}</main>;
}

function Replayed(props: { callId: string; user: User }) {
  const [Page, setPage] = useState<Replay | null>(null);
  useEffect(() => {
    void replayCode().then((page) => setPage(() => page));
  }, []);
  return Page ? <Page {...props} /> : <main className="loading">{t("loading")}</main>;
}

function Frame({ user }: { user: User }) {
  const place = usePlace();
  const own = TABS.filter((tab) => tab.roles.includes(user.role));
  const call = place.get("call");
  const tab = own.find((one) => one.id === place.get("tab")) ?? own[0];
  useEffect(() => {
    if (!call) document.title = `${tab ? t(tab.name) : t("area_qa")} · callguard`;
  }, [call, tab]);
  const links = own.map((one): TabLink => {
    return { href: hrefWith({ tab: one.id }), word: t(one.name), current: one === tab ? (call ? "true" : "page") : undefined };
  });
  return (
    <div className="qa">
      <TabBar
        area={t("area_qa")}
        links={links}
        hasBoard={user.role !== "qa"}
        user={user}
        about={t("qa_explained")}
        keys={call !== null}
      />
      <Suspense fallback={<main className="loading">{t("loading")}</main>}>
        {!tab ? (
          <main className="waiting">
            <Empty heading={t("qa_not_for_you")}>
              <p>
                <a href="/">{t("back")}</a>
              </p>
            </Empty>
          </main>
        ) : call && user.role !== "admin" ? (
          <Replayed key={call} callId={call} user={user} />
        ) : (
          <tab.page user={user} />
        )}
      </Suspense>
      <Told />
    </div>
  );
}
