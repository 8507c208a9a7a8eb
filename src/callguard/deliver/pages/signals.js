// Ways to be noticed without being looked at: a soft sound, a notification, the page's title. All by choice, kept in this browser.

import { byId } from "./dom.js";

const wants = (name) => localStorage.getItem(`callguard.${name}`);

/** Bind a checkbox to a choice that this browser remembers. */
export function choice(name, byDefault, onChange = () => {}) {
  const box = byId(name);
  box.checked = (wants(name) ?? (byDefault ? "yes" : "no")) === "yes";
  box.addEventListener("change", () => {
    localStorage.setItem(`callguard.${name}`, box.checked ? "yes" : "no");
    onChange(box.checked);
  });
  onChange(box.checked);
  return () => box.checked;
}

let sounds = null;

/** Two soft low tones, under half a second. */
export function softSound() {
  sounds ??= new AudioContext();
  const now = sounds.currentTime;
  for (const [place, pitch] of [330, 440].entries()) {
    const tone = sounds.createOscillator();
    const loudness = sounds.createGain();
    const at = now + place * 0.14;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.08, at + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.26);
    tone.connect(loudness).connect(sounds.destination);
    tone.start(at);
    tone.stop(at + 0.3);
  }
}

/** The box that asks for permission when it is ticked. */
export function notifyChoice() {
  return choice("notify", false, (isOn) => {
    if (isOn && "Notification" in window && Notification.permission === "default") Notification.requestPermission();
  });
}

/** Never the words themselves: a notification is read over shoulders and kept by the system. */
export function notify(title) {
  if (document.hidden && "Notification" in window && Notification.permission === "granted") {
    new Notification(title, { tag: "callguard", icon: "/pages/icon.svg", silent: true });
  }
}
