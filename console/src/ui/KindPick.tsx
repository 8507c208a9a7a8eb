import { t } from "../i18n";
import { told } from "../i18n/told";

interface Props {
  label: string;
  /** What the policy names; null until it is there. */
  kinds: string[] | null;
  /** Why there is nothing to choose from. */
  why: string;
  value: string;
  onPick: (kind: string) => void;
  isFirst?: boolean;
}

/** One of the policy's kinds, in the policy's own words. */
export function KindPick({ label, kinds, why, value, onPick, isFirst = false }: Props) {
  return (
    <label>
      {label}
      {/* biome-ignore lint/a11y/noAutofocus: where it is first, it opens because the reader pressed its button */}
      <select value={value} onChange={(event) => onPick(event.target.value)} autoFocus={isFirst}>
        <option value="">{t("kind_choose")}</option>
        {kinds?.map((kind) => (
          <option key={kind} value={kind}>
            {told(kind)}
          </option>
        ))}
      </select>
      {why && <span role="alert">{t("kind_not_read", { why })}</span>}
    </label>
  );
}
