// The waveform of both sides, drawn by wavesurfer.js from stored peaks: nothing is fetched or decoded for it.

import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import { themeChoice, useChoice } from "../signals";
import type { ReplayDesk } from "./desk";

/** Of one side, in pixels. The content policy names the style that wavesurfer.js puts beside it, and this number is in it. */
export const SIDE_HEIGHT = 56;

const color = (name: string, of: Element) => getComputedStyle(of).getPropertyValue(name).trim();

export function Wave({ desk, zoom }: { desk: ReplayDesk; zoom: number }) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useChoice(themeChoice);
  useEffect(() => {
    const container = box.current;
    if (!container || !desk.peaks.length) return;
    let wave: WaveSurfer | null = null;
    const draw = () => {
      wave?.destroy();
      wave = drawn(container, desk);
    };
    draw();
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", draw);
    return () => {
      system.removeEventListener("change", draw);
      wave?.destroy();
    };
  }, [desk, desk.peaks, theme, zoom]);
  return <div className="wave" ref={box} aria-hidden="true" />;
}

function drawn(container: HTMLElement, desk: ReplayDesk): WaveSurfer {
  const ink = color("--ink", container);
  const soft = color("--line-strong", container);
  return WaveSurfer.create({
    container,
    height: SIDE_HEIGHT,
    peaks: desk.peaks,
    duration: desk.durationS,
    // The playhead and clicks are the stage's own, over all its lanes.
    interact: false,
    cursorWidth: 0,
    hideScrollbar: true,
    normalize: false,
    maxPeak: Math.max(0.25, ...desk.peaks.map((side) => side.reduce((most, one) => Math.max(most, one), 0))),
    splitChannels: desk.peaks.map((_, place) => {
      const tone = place ? soft : ink;
      return { waveColor: tone, progressColor: tone };
    }),
  });
}
