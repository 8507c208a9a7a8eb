import { t, tn } from "../i18n";
import { told } from "../i18n/told";
import type { AgentDesk } from "./desk";

/** What colleagues noted of this caller: open as the call arrives, folded once there is something to say. */
export function Known({ desk }: { desk: AgentDesk }) {
  const known = desk.isLive ? desk.call?.known : null;
  if (!known) return null;
  const { notes, incidents, restriction, routeTo } = known;
  const hasPrompts = (desk.call?.prompts.length ?? 0) > 0;
  return (
    <details className="known" id="known" key={String(hasPrompts)} open={!hasPrompts}>
      <summary>{t("known_heading")}</summary>
      {notes.length > 0 && (
        <ul>
          {notes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      {restriction && (
        <p>
          <strong>{t("known_restriction", { kind: told(restriction) })}</strong>
          {routeTo && ` · ${t("restriction_routed", { to: routeTo })}`}
        </p>
      )}
      {incidents > 0 && <p className="soft">{tn("repeat_incidents", incidents)}</p>}
    </details>
  );
}
