// Replay a call: what was said, what was raised, what people did.

import { useEffect, useState } from "react";
import type { User } from "../api/types";
import { dayTime, span, t, tn } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { follow, usePlace } from "../ui/place";
import { Shape, StateBadge } from "../ui/Shape";
import { Controls } from "./Controls";
import { keyOf, ReplayDesk, useDesk } from "./desk";
import { KeysHelp } from "./KeysHelp";
import { useKeys } from "./keys";
import { Lines } from "./Lines";
import { useLoaded } from "./load";
import { FROM_SEARCH, hrefWith } from "./place";
import { Aside } from "./ReplayAside";
import { Stage, shownCategories } from "./Stage";
import { TrialPanel } from "./TrialPanel";
import { useTrial } from "./trial";
import type { Story } from "./types";

export default function ReplayPage({ callId, user }: { callId: string; user: User }) {
  const place = usePlace();
  const [desk] = useState(() => new ReplayDesk(callId, user, place.get("from") ?? FROM_SEARCH));
  const { value, error, status, again } = useLoaded(callId, () => desk.load());
  useEffect(() => {
    document.title = `${t("area_qa")} · callguard`;
    return () => desk.close();
  }, [desk]);
  useEffect(() => {
    const at = Number(place.get("at"));
    if (value && at > 0) desk.seek(at);
  }, [value]);
  if (error)
    return (
      <main className="waiting">
        <Empty of="not_guarded" heading={t(status === 404 ? "no_such_call" : "qa_not_loaded")}>
          <p>{error}.</p>
          {status === 404 ? (
            <a href={hrefWith({})} onClick={follow}>
              {t("qa_to_calls")}
            </a>
          ) : (
            <Button onClick={again}>{t("qa_again")}</Button>
          )}
        </Empty>
      </main>
    );
  return value ? <Replay desk={desk} /> : <main className="loading">{t("loading")}</main>;
}

function Replay({ desk }: { desk: ReplayDesk }) {
  useDesk(desk);
  const [correcting, setCorrecting] = useState("");
  const [commentAt, setCommentAt] = useState<number | null>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isTrying, setTrying] = useState(false);
  const trial = useTrial(desk.callId, desk.story?.thresholds ?? {}, isTrying);
  const mayTry = desk.user.role === "qa";
  function closeTrial() {
    setTrying(false);
    trial.reset();
    document.getElementById("what-if")?.focus();
  }
  useKeys(desk, {
    try: () => (isTrying ? closeTrial() : setTrying(mayTry)),
    comment: () => setCommentAt(desk.atS),
    correct: () => setCorrecting(desk.current ? keyOf(desk.current) : ""),
    help: () => setHelpOpen(!isHelpOpen),
  });
  const { story } = desk;
  if (!story) return null;
  const shown = shownCategories(desk);
  return (
    <main className="replay">
      <Heading story={story} />
      <Sound desk={desk} story={story} />
      <Stage desk={desk} shown={shown} trial={isTrying ? trial : null} />
      <Controls
        desk={desk}
        isHelpOpen={isHelpOpen}
        onHelp={() => setHelpOpen(!isHelpOpen)}
        isTrying={isTrying}
        onTry={mayTry ? () => (isTrying ? closeTrial() : setTrying(true)) : null}
      />
      {isTrying && <TrialPanel desk={desk} trial={trial} shown={shown} onClose={closeTrial} />}
      {isHelpOpen && <KeysHelp isReviewer={desk.user.role === "qa"} onClose={() => setHelpOpen(false)} />}
      <div className="below">
        <section className="transcript" aria-label={t("transcript")}>
          <Lines desk={desk} correcting={correcting} onCorrect={setCorrecting} onComment={setCommentAt} />
          {!desk.isFollowing && (
            <Button size="small" className="newest" onClick={() => desk.setFollowing(true)}>
              {t("qa_follow")}
            </Button>
          )}
        </section>
        <Aside desk={desk} commentAt={commentAt} onComment={setCommentAt} />
      </div>
    </main>
  );
}

function Heading({ story }: { story: Story }) {
  return (
    <header className="heading">
      <a
        className="back"
        href={hrefWith({})}
        onClick={(event) => {
          if (history.state?.isStep) {
            event.preventDefault();
            history.back(); // to the search as it was
          } else follow(event);
        }}
      >
        ‹ {t("qa_to_calls")}
      </a>
      <h2>{t("qa_call_of", { when: dayTime(story.started_at) })}</h2>
      <StateBadge of={story.worst_state} />
      <ul className="facts">
        <li>{story.agent_name || story.agent || t("agent_unknown")}</li>
        {story.team && <li>{story.team}</li>}
        <li className="number">{span(story.duration_s)}</li>
        <li>{tn("qa_alerts", story.alerts.filter((alert) => alert.settled !== "withdrawn").length)}</li>
        {story.policies.length > 0 && <li>{t("qa_policy", { policy: story.policies.join(", ") })}</li>}
      </ul>
    </header>
  );
}

/** Why a call cannot be heard, where that is so: it can still be read. */
function Sound({ desk, story }: { desk: ReplayDesk; story: Story }) {
  const why = desk.player?.hasFailed || desk.playError ? "failed" : story.recording.state;
  if (why === "kept") return null;
  return (
    <p className="silent" role="status" data-state="degraded">
      <Shape of={why === "running" ? "quiet" : "not_guarded"} />
      <span>
        <strong>{t(`qa_silent_${why}`)}</strong> {t(`qa_silent_${why}_next`)}
      </span>
    </p>
  );
}
