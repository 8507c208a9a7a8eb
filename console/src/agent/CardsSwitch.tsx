import { useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import { t } from "../i18n";
import { tell } from "../ui/tell";

/** Cards on or off: nobody is told, and nothing follows from it. */
export function CardsSwitch() {
  const [isOn, setOn] = useState<boolean | null>(null);
  useEffect(() => {
    ask<{ is_on: boolean }>("GET /api/me/prompts", {}).then(
      (found) => setOn(found.is_on),
      () => undefined,
    );
  }, []);
  if (isOn === null) return null;
  async function turn(wanted: boolean) {
    try {
      setOn((await ask<{ is_on: boolean }>("PUT /api/me/prompts", {}, { is_on: wanted })).is_on);
    } catch (error) {
      tell(sentence(error), true);
    }
  }
  return (
    <label className="check">
      <input type="checkbox" id="cards-on" checked={isOn} onChange={(event) => void turn(event.target.checked)} />
      <span>{t("choice_prompts")}</span>
    </label>
  );
}
