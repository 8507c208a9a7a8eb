// The senior board: who needs somebody now, and all live calls, worst first.

import { useState } from "react";
import { guardWord, t, tn } from "../i18n";
import { JoinDock } from "../join/JoinDock";
import { useFrame } from "../line/painter";
import { Empty } from "../ui/Empty";
import { Opened } from "../ui/live";
import { Menu } from "../ui/Menu";
import { Notices } from "../ui/Notices";
import { StateBadge } from "../ui/Shape";
import { NoticeFold, useUnread } from "../ui/TeamNotices";
import { useTab } from "../ui/tab";
import { Told } from "../ui/tell";
import { BoardDesk, isWithdrawn } from "./desk";
import { LiveList } from "./LiveList";
import { InHand, NeedsYou } from "./NeedsYou";
import { OtherTeams } from "./OtherTeams";
import { Queues } from "./Queues";
import "./board.css";

export default function BoardPage() {
  return (
    <Opened make={(user) => new BoardDesk(user)} missing={<Empty heading={t("not_connected")} />}>
      {(desk) => <Board desk={desk} />}
    </Opened>
  );
}

const WALL = "wall";

function Board({ desk }: { desk: BoardDesk }) {
  const { connection } = desk;
  useFrame(connection.painter);
  const unread = useUnread(desk.user.name);
  const [isWall, setWall] = useState(new URLSearchParams(location.search).has(WALL));
  const { open, ofOtherTeams, inHand, live } = desk;
  const needed = open.filter((one) => !isWithdrawn(one.decision)).length;
  useTab(`${needed ? `(${needed}) ` : ""}${t("area_board")} · callguard`, needed > 0, needed);
  if (desk.user.role === "agent") {
    location.replace("/agent");
    return null;
  }
  function turn(toWall: boolean) {
    history.replaceState(null, "", toWall ? `?${WALL}` : location.pathname);
    setWall(toWall);
  }
  const unguarded = live.filter((one) => !one.isGuarded).length;
  const word = connection.isUp ? (connection.health?.is_fallback ? guardWord("fallback") : t("connected")) : t("offline_word");
  return (
    <div className={isWall ? "board wall" : "board"}>
      <header className="bar">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <h1>callguard</h1>
        </div>
        {unguarded > 0 && (
          <StateBadge of="not_guarded" word={t("not_fully_guarded", { n: unguarded, all: live.length })} id="summary" />
        )}
        <button type="button" className="button plain small push" onClick={() => turn(!isWall)} aria-pressed={isWall} id="wall">
          {t(isWall ? "leave_wall" : "wall_mode")}
        </button>
        <Menu user={desk.user} label={<span id="guard-word">{word}</span>} about={[t("board_explained"), connection.engine]} />
      </header>
      <Notices found={connection.notices()} />
      <main>
        <section className="column" aria-labelledby="needs-title">
          <div className="title">
            <h2 id="needs-title">{t("needs_you")}</h2>
            <span className="soft" id="needs-count">
              {needed ? t("needs_count", { n: needed }) : ""}
            </span>
          </div>
          <NeedsYou desk={desk} open={open} />
          <OtherTeams desk={desk} alerts={ofOtherTeams} />
          <InHand desk={desk} hand={inHand} />
          {!isWall && desk.mayAct && <Queues />}
          {!isWall && <NoticeFold unread={unread} />}
        </section>
        <section className="column" aria-labelledby="live-title">
          <div className="title">
            <h2 id="live-title">{t("live")}</h2>
            <span className="soft" id="live-count">
              {tn("calls", live.length)}
            </span>
          </div>
          <LiveList desk={desk} live={live} isWall={isWall} />
        </section>
      </main>
      <JoinDock desk={desk.joining} reader={desk.user.name} />
      <Told />
    </div>
  );
}
