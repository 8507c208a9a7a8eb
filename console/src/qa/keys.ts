// The keys of the replay screen. They are off where somebody writes, and for whoever has switched shortcuts off.

import { useEffect } from "react";
import { keysChoice } from "../signals";
import type { ReplayDesk } from "./desk";

export interface KeyActs {
  comment: () => void;
  correct: () => void;
  help: () => void;
  try: () => void;
}

export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const isRange = target instanceof HTMLInputElement && ["range", "radio", "checkbox"].includes(target.type);
  return target.isContentEditable || (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) && !isRange);
}

/** Keys that the focused thing has a use for itself. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (event.key === " ") return ["BUTTON", "SUMMARY", "A"].includes(target.tagName) || target instanceof HTMLInputElement;
  return event.key.startsWith("Arrow") && target instanceof HTMLInputElement;
}

export function useKeys(desk: ReplayDesk, acts: KeyActs): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || isTaken(event)) return;
      if (keysChoice.get() !== "yes") return;
      if (!act(desk, acts, event)) return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
}

function act(desk: ReplayDesk, acts: KeyActs, event: KeyboardEvent): boolean {
  // By the Shift key and not by the letter's size: Caps Lock may be on.
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  switch (key) {
    case " ":
      desk.toggle();
      break;
    case "ArrowLeft":
      desk.step(-1);
      break;
    case "ArrowRight":
      desk.step(1);
      break;
    case "Home":
      desk.seek(0);
      break;
    case "j":
    case "k":
    case "l":
      desk.shuttle(key);
      break;
    case "n":
      desk.stepAlert(event.shiftKey ? -1 : 1);
      break;
    case "c":
      acts.comment();
      break;
    case "e":
      acts.correct();
      break;
    case "w":
      acts.try();
      break;
    case "?":
      acts.help();
      break;
    default:
      return false;
  }
  return true;
}
