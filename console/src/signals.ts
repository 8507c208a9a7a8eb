// Ways to be noticed without being looked at, all by choice and kept in this browser; and what two tabs tell each other.

import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const changed = () => {
  for (const listener of listeners) listener();
};
addEventListener("storage", changed); // another tab chose

export interface Choice {
  get(): string;
  set(value: string): void;
}

/** A choice that this browser remembers. */
export function choice(name: string, byDefault: string): Choice {
  const key = `callguard.${name}`;
  return {
    get: () => localStorage.getItem(key) ?? byDefault,
    set(value) {
      localStorage.setItem(key, value);
      changed();
    },
  };
}

export const keysChoice = choice("keys", "yes");
export const soundChoice = choice("sound", "yes");
export const notifyChoice = choice("notify", "no");
export const themeChoice = choice("theme", "system");

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useChoice = (chosen: Choice) => useSyncExternalStore(subscribe, chosen.get);

export function applyTheme(): void {
  const theme = themeChoice.get();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
listeners.add(applyTheme);

let sounds: AudioContext | null = null;
/** In which the other tabs of this browser hear of the same thing. */
const TOGETHER_MS = 1000;

/** Two soft low tones, under half a second. Of several tabs that hear of something, one makes the sound: whoever is first. */
export function softSound(): void {
  if (soundChoice.get() !== "yes") return;
  if (!("locks" in navigator)) void tones();
  else
    void navigator.locks.request("callguard.sounds", { ifAvailable: true }, async (mine) => {
      if (!mine) return;
      await tones();
      await new Promise((done) => setTimeout(done, TOGETHER_MS));
    });
}

async function tones(): Promise<void> {
  sounds ??= new AudioContext();
  const context = sounds;
  // A browser holds sound back until somebody has touched the page; what was to be heard before that is not made up for.
  if (context.state !== "running") await Promise.race([context.resume(), new Promise((done) => setTimeout(done, TOGETHER_MS))]);
  if (context.state !== "running") return;
  for (const [place, pitch] of [330, 440].entries()) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const at = context.currentTime + place * 0.14;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.08, at + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.26);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.3);
  }
}

/** Choose whether to be notified; the browser asks for permission. */
export function chooseNotify(isOn: boolean): void {
  notifyChoice.set(isOn ? "yes" : "no");
  if (isOn && "Notification" in window && Notification.permission === "default") void Notification.requestPermission();
}

/** Never the words themselves: a notification is read over shoulders and kept by the system. What another tab shows under the same `tag` is replaced. */
export function notify(title: string, tag: string): void {
  if (!document.hidden || notifyChoice.get() !== "yes" || !("Notification" in window) || Notification.permission !== "granted")
    return;
  try {
    const shown = new Notification(title, { tag: `callguard ${tag}`, icon: "/icon.svg", silent: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  } catch {
    // Telephones know this kind of notification by name only.
  }
}

const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("callguard") : null;

/** Tell the other tabs what the server does not know. */
export const tellTabs = (told: { kind: "ready"; callId: string }) => tabs?.postMessage(told);

export function hearTabs(listener: (told: { kind: "ready"; callId: string }) => void): void {
  tabs?.addEventListener("message", (event: MessageEvent<{ kind: "ready"; callId: string }>) => listener(event.data));
}
