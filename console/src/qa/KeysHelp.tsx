// What the keys do.

import { t } from "../i18n";
import { Button } from "../ui/Button";

const KEYS = [
  ["␣", "qa_key_play"],
  ["← →", "qa_key_steps"],
  ["J K L", "qa_key_shuttle"],
  ["N ⇧N", "qa_key_alerts"],
  ["C", "qa_key_comment"],
  ["E", "qa_key_fix"],
  ["?", "qa_key_help"],
] as const;
const VERDICTS = [
  ["1 2 3", "rv_key_alert"],
  ["4", "rv_key_missed"],
  ["5 6", "rv_key_label"],
  ["0", "rv_key_back"],
  ["W", "wi_key"],
] as const;

export function KeysHelp({ isReviewer, onClose }: { isReviewer: boolean; onClose: () => void }) {
  return (
    <section className="keys-help well" aria-label={t("qa_keys")}>
      <dl>
        {[...KEYS, ...(isReviewer ? VERDICTS : [])].map(([keys, word]) => (
          <div key={word}>
            <dt>
              {keys.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{t(word)}</dd>
          </div>
        ))}
      </dl>
      <Button size="small" look="plain" onClick={onClose}>
        {t("close")}
      </Button>
    </section>
  );
}
