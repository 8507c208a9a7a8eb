// The form that asks what something really is: any number of categories, how severe, and a note. All of it works by keys.

import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { category, t, wordOf } from "../i18n";
import { Button } from "../ui/Button";
import { CATEGORIES, severityOf } from "./reviewing";

export interface Said {
  categories: string[];
  /** Undefined is as severe as the categories say. */
  severity: number | undefined;
  note: string;
}

interface WhatProps {
  label?: string;
  /** What is ticked to begin with. */
  ticked?: string[];
  /** Whether «nothing» is an answer. */
  isNothingTold?: boolean;
  onSend: (said: Said) => Promise<void>;
  onDone: () => void;
}

const SEVERITIES = [0, 1, 2, 3, 4];
export const severityWord = (severity: number) => wordOf("rv_severity", String(severity));
/** The key that ticks a category: 1 to 9, and 0 for the tenth. */
const keyOf = (place: number) => String((place + 1) % 10);

export function What({ label, ticked = [], isNothingTold = true, onSend, onDone }: WhatProps) {
  const [chosen, setChosen] = useState<string[]>(ticked);
  const [severity, setSeverity] = useState("");
  const note = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const toggle = (one: string) =>
    setChosen((was) =>
      was.includes(one) ? was.filter((other) => other !== one) : CATEGORIES.filter((c) => c === one || was.includes(c)),
    );
  const isAnswer = isNothingTold || chosen.length > 0;
  async function send(event: FormEvent) {
    event.preventDefault();
    if (!isAnswer) return;
    const said = { categories: chosen, severity: severity ? Number(severity) : undefined };
    await onSend({ ...said, note: note.current?.value.trim() ?? "" });
  }
  function press(event: KeyboardEvent) {
    event.stopPropagation(); // the keys of the replay mean something else
    if (event.key === "Escape") return onDone();
    const isTyping = event.target === note.current || event.target instanceof HTMLSelectElement;
    const place = CATEGORIES.findIndex((_, number) => keyOf(number) === event.key);
    const picked = CATEGORIES[place];
    if (isTyping || !picked || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    toggle(picked);
  }
  return (
    <form className="what" onSubmit={send} onKeyDown={press}>
      <fieldset>
        <legend>{label ?? t("rv_what_is_it")}</legend>
        <div className="ticks">
          {CATEGORIES.map((one, place) => (
            <label key={one}>
              <input
                ref={place ? undefined : first}
                type="checkbox"
                checked={chosen.includes(one)}
                onChange={() => toggle(one)}
              />
              <span>{category(one)}</span>
              <kbd aria-hidden="true">{keyOf(place)}</kbd>
            </label>
          ))}
        </div>
      </fieldset>
      <p className="soft" role="status">
        {t(isAnswer ? "rv_chosen" : "rv_tick_one", { category: chosen.map(category).join(", ") || t("rv_nothing") })}
      </p>
      <label>
        <span>{t("rv_severity")}</span>
        <select value={severity} onChange={(event) => setSeverity(event.target.value)}>
          <option value="">{t("rv_severity_as_said", { word: severityWord(severityOf(chosen)) })}</option>
          {SEVERITIES.map((one) => (
            <option key={one} value={one}>
              {t("rv_severity_is", { n: one, word: severityWord(one) })}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t("rv_note")}</span>
        <input ref={note} maxLength={2000} />
      </label>
      <div className="acts">
        <Button size="small" type="submit" disabled={!isAnswer}>
          {t("rv_send")}
        </Button>
        <Button size="small" look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
