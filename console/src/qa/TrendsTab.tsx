// Calls, cover, alerts and help over time: small charts, and the same figures in a table.

import { type ReactNode, useState } from "react";
import { ask } from "../api/client";
import { category, decimal, language, t } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { go, usePlace } from "../ui/place";
import { CardUseTable } from "./CardUse";
import { useLoaded } from "./load";
import { hrefWith } from "./place";
import { CATEGORIES } from "./reviewing";
import "./review.css";

interface Period {
  begins: string;
  calls: number;
  guarded: number;
  partly: number;
  alerts: number;
  withdrawn: number;
  helped: number;
  median_help_s: number | null;
  slow_help_s: number | null;
  judged: number;
  false_alarms: number;
  missed: number;
}

interface Trends {
  teams: string[];
  periods: Period[];
}

const DAY_MS = 86_400_000;
const SPANS = [14, 28, 91, 365];
const dates = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
const date = (iso: string) => dates.format(new Date(`${iso}T00:00:00Z`));
const share = (part: number, of: number) => (of ? `${Math.round((100 * part) / of)} %` : "–");
const seconds = (value: number | null) => (value === null ? "–" : t("tr_seconds", { n: decimal(value) }));

export default function TrendsTab() {
  const place = usePlace();
  const by = place.get("by") === "day" ? "day" : "week";
  const days = SPANS.find((one) => String(one) === place.get("days")) ?? 91;
  const team = place.get("team") ?? "";
  const of = place.get("of") ?? "";
  const [now] = useState(() => Date.now());
  const query = new URLSearchParams({
    since: new Date(now - (days - 1) * DAY_MS).toISOString(),
    until: new Date(now).toISOString(),
    by,
    team,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  if (of) query.set("category", of);
  const { value, error, again } = useLoaded(query.toString(), () => ask<Trends>("GET /api/trends", {}, undefined, query));
  const choose = (name: string) => (event: { target: { value: string } }) =>
    go(hrefWith({ [name]: event.target.value }, place), false);
  return (
    <main className="trends">
      <header>
        <h2>{t("rv_tab_trends")}</h2>
        <p className="soft">{t("tr_what")}</p>
        <form className="choices">
          <Choice label={t("tr_span")} value={String(days)} onChange={choose("days")}>
            {SPANS.map((one) => (
              <option key={one} value={one}>
                {t("tr_days", { n: one })}
              </option>
            ))}
          </Choice>
          <Choice label={t("tr_by")} value={by} onChange={choose("by")}>
            <option value="week">{t("tr_week")}</option>
            <option value="day">{t("tr_day")}</option>
          </Choice>
          <Choice label={t("tr_team")} value={team} onChange={choose("team")}>
            <option value="">{t("tr_all_teams")}</option>
            {value?.teams.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Choice>
          <Choice label={t("tr_category")} value={of} onChange={choose("of")}>
            <option value="">{t("tr_all_categories")}</option>
            {CATEGORIES.map((one) => (
              <option key={one} value={one}>
                {category(one)}
              </option>
            ))}
          </Choice>
        </form>
      </header>
      {error && (
        <div className="well">
          <Empty of="not_guarded" heading={t("qa_not_loaded")}>
            <p>{error}.</p>
            <Button onClick={again}>{t("qa_again")}</Button>
          </Empty>
        </div>
      )}
      {value && !value.periods.some((one) => one.calls) ? (
        <div className="well">
          <Empty heading={t("tr_none")}>
            <p>{t("tr_none_next")}</p>
          </Empty>
        </div>
      ) : (
        value && <Figures periods={value.periods} />
      )}
      <CardUseTable since={query.get("since") ?? ""} until={query.get("until") ?? ""} />
    </main>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange: (event: { target: { value: string } }) => void;
  children: ReactNode;
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={onChange}>
        {children}
      </select>
    </label>
  );
}

function Figures({ periods }: { periods: Period[] }) {
  return (
    <>
      <div className="charts">
        <Bars
          heading={t("tr_calls")}
          periods={periods}
          parts={[
            { name: t("tr_guarded"), look: "one", of: (one) => one.guarded },
            { name: t("tr_partly"), look: "two", of: (one) => one.partly },
            { name: t("tr_unguarded"), look: "three", of: (one) => one.calls - one.guarded - one.partly },
          ]}
        />
        <Bars
          heading={t("tr_alerts")}
          periods={periods}
          parts={[
            { name: t("tr_raised"), look: "one", of: (one) => one.alerts },
            { name: t("tr_withdrawn"), look: "three", of: (one) => one.withdrawn },
          ]}
        />
        <Lines
          heading={t("tr_help")}
          periods={periods}
          unit={(value) => seconds(value)}
          parts={[
            { name: t("tr_median"), look: "one", of: (one) => one.median_help_s },
            { name: t("tr_slow"), look: "two", of: (one) => one.slow_help_s },
          ]}
        />
        <Lines
          heading={t("tr_false")}
          periods={periods}
          most={1}
          unit={(value) => share(value, 1)}
          parts={[{ name: t("tr_false_share"), look: "one", of: (one) => (one.judged ? one.false_alarms / one.judged : null) }]}
        />
      </div>
      <section className="well" tabIndex={0} aria-labelledby="trend-table">
        <h3 id="trend-table">{t("tr_table")}</h3>
        <Table periods={periods} />
      </section>
    </>
  );
}

const COLUMNS = ["calls", "cover", "alerts", "helped", "median", "slow", "judged", "false", "missed"] as const;

function Table({ periods }: { periods: Period[] }) {
  return (
    <table className="found figures">
      <thead>
        <tr>
          <th scope="col">{t("tr_col_begins")}</th>
          {COLUMNS.map((one) => (
            <th scope="col" className="end" key={one}>
              {t(`tr_col_${one}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {periods.toReversed().map((one) => (
          <tr key={one.begins}>
            <th scope="row">{date(one.begins)}</th>
            <td className="number end">{one.calls}</td>
            <td className="number end">{share(one.guarded, one.calls)}</td>
            <td className="number end">{one.alerts}</td>
            <td className="number end">{one.helped}</td>
            <td className="number end">{seconds(one.median_help_s)}</td>
            <td className="number end">{seconds(one.slow_help_s)}</td>
            <td className="number end">{one.judged}</td>
            <td className="number end">{one.judged ? `${one.false_alarms} (${share(one.false_alarms, one.judged)})` : "–"}</td>
            <td className="number end">{one.missed}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Part<Value> {
  name: string;
  look: "one" | "two" | "three";
  of: (period: Period) => Value;
}

const WIDTH = 560;
const HEIGHT = 180;
const LEFT = 60;
const BOTTOM = 36;
const TOP = 12;
const ROOM = HEIGHT - TOP - BOTTOM;
const y = (value: number, most: number) => TOP + ROOM * (1 - value / most);
const x = (place: number, count: number) => LEFT + ((place + 0.5) * (WIDTH - LEFT)) / count;

function Bars({ heading, periods, parts }: { heading: string; periods: Period[]; parts: Part<number>[] }) {
  const highest = Math.max(1, ...periods.map((one) => parts.reduce((sum, part) => sum + part.of(one), 0)));
  const most = highest + (highest % 2); // half of it is written beside the axis, and calls are whole
  const wide = Math.max(2, ((WIDTH - LEFT) / periods.length) * 0.7);
  return (
    <Chart heading={heading} periods={periods} parts={parts} most={most} unit={(value) => String(Math.round(value))}>
      {periods.map((one, place) => {
        let sum = 0;
        return parts.map((part) => {
          const from = sum;
          sum += part.of(one);
          if (sum === from) return null;
          const top = y(sum, most);
          return (
            <rect
              key={`${one.begins}${part.look}`}
              className={part.look}
              x={x(place, periods.length) - wide / 2}
              y={top}
              width={wide}
              height={y(from, most) - top}
            />
          );
        });
      })}
    </Chart>
  );
}

interface LinesProps {
  heading: string;
  periods: Period[];
  parts: Part<number | null>[];
  unit: (value: number) => string;
  most?: number;
}

function Lines({ heading, periods, parts, unit, most: fixed }: LinesProps) {
  const most = fixed ?? Math.max(1, ...periods.flatMap((one) => parts.map((part) => part.of(one) ?? 0)));
  return (
    <Chart heading={heading} periods={periods} parts={parts} most={most} unit={unit}>
      {parts.map((part) => {
        const told = periods.flatMap((one, place) => {
          const value = part.of(one);
          return value === null ? [] : [{ x: x(place, periods.length), y: y(value, most), begins: one.begins }];
        });
        return (
          <g key={part.look} className={part.look}>
            <path d={told.map((one, place) => `${place ? "L" : "M"}${one.x},${one.y}`).join("")} />
            {told.map((one) => (
              <circle key={one.begins} cx={one.x} cy={one.y} r={3.5} />
            ))}
          </g>
        );
      })}
    </Chart>
  );
}

interface ChartProps {
  heading: string;
  periods: Period[];
  parts: Pick<Part<unknown>, "name" | "look">[];
  most: number;
  unit: (value: number) => string;
  children: ReactNode;
}

function Chart({ heading, periods, parts, most, unit, children }: ChartProps) {
  const every = Math.max(1, Math.ceil(periods.length / 6));
  return (
    <figure className="well chart">
      <figcaption>
        <h3>{heading}</h3>
        <ul className="key">
          {parts.map((part) => (
            <li key={part.look}>
              <span className={`swatch ${part.look}`} aria-hidden="true" /> {part.name}
            </li>
          ))}
        </ul>
      </figcaption>
      {/* The table beside says the same in words. */}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <path className="grid" d={`M${LEFT},${y(part * most, most)}H${WIDTH}`} />
            <text x={LEFT - 6} y={y(part * most, most) + 4} textAnchor="end">
              {unit(part * most)}
            </text>
          </g>
        ))}
        {periods.map(
          (one, place) =>
            place % every === 0 && (
              <text
                key={one.begins}
                className={(place / every) % 2 ? "between" : ""}
                x={x(place, periods.length)}
                y={HEIGHT - 6}
                textAnchor="middle"
              >
                {date(one.begins)}
              </text>
            ),
        )}
        {children}
      </svg>
    </figure>
  );
}
