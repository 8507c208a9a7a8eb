import { useEffect } from "react";
import { keysChoice } from "../signals";
import type { AgentDesk } from "./desk";

const CONTROLS = "button, a, input, summary, select, textarea";
const WRITING = "input:not([type=checkbox]), select, textarea";

/** One key for each act, unless the reader has switched them off or is writing. */
export function useKeys(desk: AgentDesk): void {
  useEffect(() => {
    const acts: Record<string, () => void> = {
      h: () => void desk.askHelp(false),
      "⇧h": () => void desk.askHelp(true),
      c: () => desk.showCards(!desk.areCardsOpen),
      n: () => desk.waveAwayFirst(),
      Enter: () => desk.useFirst(),
    };
    function press(event: KeyboardEvent) {
      const target = event.target as Element;
      if (event.key === "Escape") desk.showCards(false);
      if (keysChoice.get() !== "yes" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.key === "Enter" && target.closest(CONTROLS)) return; // Enter belongs to what has the focus
      if (target.closest(WRITING)) return;
      // By the Shift key and not by the letter's size: with Caps Lock on, H is still no panic.
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const act = acts[event.shiftKey ? `⇧${key}` : key];
      if (!act) return;
      event.preventDefault();
      act();
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [desk]);
}

export const hint = (key: string) => (keysChoice.get() === "yes" ? key : undefined);
