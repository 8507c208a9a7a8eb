// The waveform of both sides, drawn by wavesurfer.js from stored peaks: nothing is fetched or decoded for it.

import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import Regions from "wavesurfer.js/plugins/regions";
import { themeChoice, useChoice } from "../signals";
import type { ReplayDesk } from "./desk";
import { STATE_OF_SEVERITY } from "./types";

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
  const regions = Regions.create();
  const wave = WaveSurfer.create({
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
    plugins: [regions],
  });
  // A region takes its place from the duration, which is known once the peaks are in.
  wave.once("ready", () => mark(regions, container, desk));
  return wave;
}

/** Tint what the caller said that counted. */
function mark(regions: ReturnType<typeof Regions.create>, container: HTMLElement, desk: ReplayDesk): void {
  for (const line of desk.lines) {
    if (!line.labels.length) continue;
    const state = line.labels.includes("self_harm") ? "care" : (STATE_OF_SEVERITY[line.severity] ?? "heated");
    regions.addRegion({
      start: line.start_s,
      end: Math.min(line.end_s, desk.durationS),
      channelIdx: 0,
      drag: false,
      resize: false,
      color: `color-mix(in srgb, ${color(`--state-${state}`, container)} 34%, transparent)`,
    });
  }
}
