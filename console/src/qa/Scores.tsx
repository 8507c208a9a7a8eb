// How likely each category was over time, from callers' words only, each with its threshold dotted.

import { memo } from "react";
import { category, t } from "../i18n";
import type { ReplayDesk } from "./desk";
import type { StoryLine } from "./types";

const STATE: Record<string, string> = {
  threat_personal: "threat",
  threat_general: "threat",
  intimidation: "severe",
  sexual: "severe",
  hate: "severe",
  insult: "abusive",
  self_harm: "care",
};

/** `tried` is where each category's threshold would be, where somebody asks «what if». */
export function Scores({ desk, shown, tried }: { desk: ReplayDesk; shown: string[]; tried: ((name: string) => number) | null }) {
  return shown.map((one) => {
    const today = desk.story?.thresholds[one] ?? 1;
    return (
      <Lane key={one} name={one} lines={desk.lines} durationS={desk.durationS} today={today} threshold={tried?.(one) ?? today} />
    );
  });
}

interface LaneProps {
  name: string;
  lines: StoryLine[];
  durationS: number;
  today: number;
  threshold: number;
}

const Lane = memo(function Lane({ name, lines, durationS, today, threshold }: LaneProps) {
  const scored = lines.filter((line) => (line.scores[name] ?? 0) > 0);
  const over = scored.filter((line) => line.labels.includes(name)).length;
  return (
    <div className="lane score" data-state={STATE[name] ?? "heated"}>
      <svg
        viewBox={`0 0 ${durationS} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("qa_score_lane", { category: category(name), n: over })}
      >
        {scored.map((line) => {
          const score = line.scores[name] ?? 0;
          const width = Math.max(line.end_s - line.start_s, durationS / 600);
          return (
            <rect
              key={`${line.channel}:${line.segment}`}
              className={score >= threshold ? "over" : ""}
              x={line.start_s}
              y={1 - score}
              width={width}
              height={score}
            />
          );
        })}
        <Limit className="threshold" at={today} durationS={durationS} />
        {threshold !== today && <Limit className="threshold tried" at={threshold} durationS={durationS} />}
      </svg>
    </div>
  );
});

function Limit({ className, at, durationS }: { className: string; at: number; durationS: number }) {
  return <line className={className} x1="0" x2={durationS} y1={1 - at} y2={1 - at} vectorEffect="non-scaling-stroke" />;
}
