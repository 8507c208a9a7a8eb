import { useEffect, useRef, useState } from "react";
import { nameOf } from "../api/people";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { ColleaguePick } from "../ui/ColleaguePick";
import { Complaint } from "../ui/Complaint";
import type { JoinDesk, Ways } from "./desk";
import "./join.css";

const SPEAKS = new Set(["interject", "take_over"]);

/** The call that the reader takes part in: how, how loud both sides are, what to say, and the ways out. */
export function JoinDock({ desk, reader }: { desk: JoinDesk; reader: string }) {
  const [to, setTo] = useState("");
  const dock = useRef<HTMLElement>(null);
  const { call } = desk;
  const callId = call?.id;
  const { isFound } = desk;
  // It stands last in the page: whoever opens it by keyboard goes on in it, and comes back to where they were.
  useEffect(() => {
    if (!callId || isFound) return;
    const before = document.activeElement as HTMLElement | null;
    dock.current?.focus();
    return () => before?.focus();
  }, [callId, isFound]);
  if (!call) return null;
  const name = nameOf(call.agent) || t("agent_unknown");
  return (
    <aside className="dock" aria-label={t("join_dock", { name })} id="dock" ref={dock} tabIndex={-1}>
      <div className="top">
        <strong>{name}</strong>
        <span className="soft" id="dock-state">
          {desk.isIn ? t(`join_now_${desk.mode}`) : t(desk.isBusy ? "join_connecting" : "join_out")}
        </span>
        <Button id="dock-leave" onClick={() => void desk.leave()}>
          {t(desk.isIn ? "join_leave" : "join_close")}
        </Button>
      </div>
      <Complaint why={desk.error} id="dock-error" />
      {desk.isIn && (
        <fieldset className="modes">
          <legend className="unseen">{t("join_how")}</legend>
          {desk.modes.map((mode) => (
            <label key={mode}>
              <input
                type="radio"
                name="join-mode"
                checked={mode === desk.mode}
                disabled={desk.isBusy}
                onChange={() => void desk.choose(mode)}
              />
              {t(`join_${mode}`)}
            </label>
          ))}
        </fieldset>
      )}
      {desk.isIn && desk.way === "browser" && <Loudness desk={desk} />}
      {SPEAKS.has(desk.mode) && desk.isIn && desk.wording && <p className="wording">«{desk.wording}»</p>}
      {desk.way === "browser" && desk.ways && <OtherWays desk={desk} ways={desk.ways} name={name} />}
      {desk.isIn && (
        <form
          className="acts"
          onSubmit={(event) => {
            event.preventDefault();
            void desk.handOver(to);
          }}
        >
          <ColleaguePick label={t("join_hand_over_to")} except={reader} value={to} onPick={setTo} />
          <button type="submit" className="button" disabled={desk.isBusy || !to}>
            {t("join_hand_over")}
          </button>
        </form>
      )}
    </aside>
  );
}

const MODES = ["listen", "whisper", "interject", "take_over"] as const;

/** What the browser cannot do on this call: why, and the next way to it. */
function OtherWays({ desk, ways, name }: { desk: JoinDesk; ways: Ways; name: string }) {
  const missing = MODES.filter((mode) => !ways.browser.includes(mode));
  const others = desk.isIn ? missing : MODES.filter((mode) => missing.includes(mode) || ways.phone.includes(mode));
  const isStuck = missing.some((mode) => !ways.phone.includes(mode));
  if (others.length === 0) return null;
  return (
    <div className="others">
      <ul>
        {others.map((mode) => (
          <li key={mode}>
            {mode !== "listen" && missing.includes(mode) && <span className="soft">{t(`join_cannot_${mode}`)}</span>}
            {ways.phone.includes(mode) && (
              <Button size="small" disabled={desk.isBusy} onClick={() => void desk.byPhone(mode)}>
                {t("join_by_phone", { how: t(`join_${mode}`) })}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {isStuck && !(desk.error && ways.call_instead) && (
        <p>{ways.call_instead ? t("join_call_instead", { number: ways.call_instead }) : t("join_ask_instead", { name })}</p>
      )}
    </div>
  );
}

function Loudness({ desk }: { desk: JoinDesk }) {
  return (
    <div className="loudness">
      {(["caller", "agent"] as const).map((side) => {
        const level = Math.min(1, Math.sqrt(desk.levels[side] ?? 0));
        return (
          <label key={side}>
            <span>{t(`join_side_${side}`)}</span>
            <meter min={0} max={1} value={level} data-side={side} />
          </label>
        );
      })}
    </div>
  );
}
