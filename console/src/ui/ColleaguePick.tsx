import { useEffect, useState } from "react";
import { type Colleague, loadPeople } from "../api/people";
import { t } from "../i18n";

interface Props {
  label: string;
  /** Log-in of the reader, who hands nothing to themselves. */
  except: string;
  value: string;
  onPick: (login: string) => void;
  isFirst?: boolean;
}

const there = (one: Colleague) => Number(one.is_on_duty === true);

/** Senior colleagues by name, those with a console open first. */
export function ColleaguePick({ label, except, value, onPick, isFirst = false }: Props) {
  const [found, setFound] = useState<Colleague[] | null>(null);
  useEffect(() => {
    void loadPeople().then(setFound);
  }, []);
  const others = (found ?? []).filter((one) => one.role === "senior" && one.is_on_duty !== null && one.name !== except);
  others.sort((one, other) => there(other) - there(one) || one.display_name.localeCompare(other.display_name));
  const group = (isThere: boolean) => others.filter((one) => (one.is_on_duty === true) === isThere);
  return (
    <label>
      {label}
      {/* biome-ignore lint/a11y/noAutofocus: where it is first, it opens because the reader pressed its button */}
      <select value={value} onChange={(event) => onPick(event.target.value)} autoFocus={isFirst}>
        <option value="">{t(found && others.length === 0 ? "colleague_none" : "colleague_choose")}</option>
        {([true, false] as const).map(
          (isThere) =>
            group(isThere).length > 0 && (
              <optgroup key={String(isThere)} label={t(isThere ? "colleague_there" : "colleague_away")}>
                {group(isThere).map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.display_name}
                    {one.team && ` · ${one.team}`}
                  </option>
                ))}
              </optgroup>
            ),
        )}
      </select>
    </label>
  );
}
