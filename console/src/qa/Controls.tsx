// What is done with the sound.

import { useEffect, useRef } from "react";
import { decimal, span, t } from "../i18n";
import { Button } from "../ui/Button";
import { type ReplayDesk, useDesk } from "./desk";
import { type Side, SPEEDS } from "./player";

const SIDES: Side[] = ["both", "caller", "agent"];

interface Props {
  desk: ReplayDesk;
  isHelpOpen: boolean;
  onHelp: () => void;
  isTrying: boolean;
  /** Null for whom «what if» is not. */
  onTry: (() => void) | null;
}

export function Controls({ desk, isHelpOpen, onHelp, isTrying, onTry }: Props) {
  useDesk(desk);
  const { player, story } = desk;
  const isStereo = story?.recording.channels.length === 2;
  return (
    <div className="controls">
      <button
        type="button"
        className="button play"
        id="play"
        onClick={() => desk.toggle()}
        disabled={!player}
        aria-label={t(desk.isPlaying ? "qa_pause" : "qa_play")}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">
          {desk.isPlaying ? <path d="M6 4h4v16H6zM14 4h4v16h-4z" /> : <path d="M7 4v16l13-8z" />}
        </svg>
      </button>
      <div className="steps">
        <Button look="plain" onClick={() => desk.step(-1)} aria-label={t("qa_step_back")} title={t("qa_step_back")}>
          ‹
        </Button>
        <Button look="plain" onClick={() => desk.step(1)} aria-label={t("qa_step_on")} title={t("qa_step_on")}>
          ›
        </Button>
        <Button look="plain" disabled={!desk.alerts.length} onClick={() => desk.stepAlert(1)} hint="N" id="next-alert">
          {t("qa_next_alert")}
        </Button>
      </div>
      <Clock desk={desk} />
      <Slider desk={desk} />
      <label className="speed">
        <span className="unseen">{t("qa_speed")}</span>
        <select
          id="speed"
          value={desk.speed}
          disabled={!player}
          onChange={(event) => desk.setSpeed(Number(event.target.value))}
          title={t("qa_speed")}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {t("qa_times", { n: one % 0.5 ? String(one).replace(".", decimal(1.5).charAt(1)) : decimal(one) })}
            </option>
          ))}
        </select>
      </label>
      {isStereo && (
        <fieldset className="sides">
          <legend className="unseen">{t("qa_sides")}</legend>
          {SIDES.map((side) => (
            <label key={side}>
              <input type="radio" name="side" checked={desk.side === side} onChange={() => desk.listenTo(side)} />
              <span>{t(`qa_side_${side}`)}</span>
            </label>
          ))}
        </fieldset>
      )}
      {onTry && (
        <Button size="small" aria-expanded={isTrying} onClick={onTry} id="what-if" hint="W">
          {t("tn_what_if")}
        </Button>
      )}
      <Button look="plain" size="small" aria-expanded={isHelpOpen} onClick={onHelp} id="keys-help">
        {t("qa_keys")}
      </Button>
    </div>
  );
}

function Clock({ desk }: { desk: ReplayDesk }) {
  const text = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      desk.onMove((atS) => {
        const now = span(atS);
        if (text.current && text.current.textContent !== now) text.current.textContent = now;
      }),
    [desk],
  );
  return (
    <span className="clock number">
      <span ref={text} id="at" /> / {span(desk.durationS)}
    </span>
  );
}

/** For the keyboard and for screen readers; the whole stage does the same for the pointer. */
function Slider({ desk }: { desk: ReplayDesk }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(
    () =>
      desk.onMove((atS) => {
        if (!input.current) return;
        input.current.value = String(atS);
        input.current.setAttribute("aria-valuetext", t("qa_at_of", { at: span(atS), all: span(desk.durationS) }));
      }),
    [desk],
  );
  return (
    <input
      ref={input}
      id="seek"
      type="range"
      min={0}
      max={desk.durationS}
      step={1}
      defaultValue={0}
      aria-label={t("qa_seek")}
      onInput={(event) => desk.seek(Number(event.currentTarget.value))}
    />
  );
}
