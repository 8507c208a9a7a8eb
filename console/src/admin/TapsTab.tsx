import { ask } from "../api/client";
import { dayTime, decimal, t, tn, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { useFresh } from "../ui/fresh";
import { StateBadge } from "../ui/Shape";
import { Copy, Facts, Section, Stale } from "./parts";
import type { Tap } from "./types";

const EVERY_MS = 3000;

export default function TapsTab() {
  const taps = useFresh(() => ask<Tap[]>("GET /api/taps", {}), EVERY_MS);
  return (
    <Section title={t("admin_tab_taps")} about={t("admin_taps_about")}>
      <Stale why={taps.why} hasValue={taps.value !== null} />
      <div className="stack">
        {taps.value?.map((tap) => (
          <TapCard key={tap.name} tap={tap} />
        ))}
      </div>
    </Section>
  );
}

/** How a tap stands, as a state that has a word and a shape. */
function standing(tap: Tap): [string, string] {
  if (!tap.is_enabled) return ["degraded", t("admin_tap_off")];
  if (!tap.address) return ["not_guarded", t("admin_tap_starting")];
  if (tap.not_guarded) return ["not_guarded", tn("admin_tap_not_guarded", tap.not_guarded)];
  return ["quiet", t("admin_tap_listens")];
}

function TapCard({ tap }: { tap: Tap }) {
  const [state, word] = standing(tap);
  return (
    <article className="well tap" aria-label={wordOf("admin_tap", tap.name)}>
      <div className="head">
        <h3>{wordOf("admin_tap", tap.name)}</h3>
        <StateBadge of={state} word={word} />
      </div>
      {!tap.is_enabled ? (
        <p className="soft">{t("admin_tap_off_about", { setting: `CALLGUARD_TAPS__${tap.name.toUpperCase()}__ENABLED` })}</p>
      ) : (
        <>
          <Facts
            of={[
              [t("admin_tap_address"), <code key="address">{tap.address}</code>],
              [t("admin_tap_calls"), tn("calls", tap.calls)],
              [t("admin_tap_last"), tap.last_audio_at ? dayTime(tap.last_audio_at) : t("admin_tap_nothing_yet")],
              [t("admin_tap_started"), String(tap.started)],
              [t("admin_tap_refused"), String(tap.refused)],
              [t("admin_tap_lost"), t("admin_seconds", { n: decimal(tap.lost_audio_s) })],
            ]}
          />
          {tap.trouble && (
            <p className="trouble">
              <strong>{t("admin_tap_trouble")}</strong>{" "}
              {tap.trouble_at && <span className="soft">{dayTime(tap.trouble_at)}</span>}
              <br />
              {told(tap.trouble)}
            </p>
          )}
          {tap.warnings.length > 0 && (
            <ul className="warnings">
              {tap.warnings.map((warning) => (
                <li key={warning}>{wordOf("admin_tap_warning", warning)}</li>
              ))}
            </ul>
          )}
          {tap.recipes.length > 0 && <h4>{t("admin_connect")}</h4>}
          {tap.recipes.map((recipe) => (
            <details key={recipe.name} className="recipe">
              <summary>{wordOf("admin_recipe", recipe.name)}</summary>
              <p className="soft">{wordOf("admin_recipe_about", recipe.name)}</p>
              <Copy text={recipe.text} label={wordOf("admin_recipe", recipe.name)} />
            </details>
          ))}
        </>
      )}
    </article>
  );
}
