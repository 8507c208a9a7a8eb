import { t } from "../i18n";
import { Button } from "../ui/Button";
import type { AgentDesk } from "./desk";

/** After the call: time, and nothing that is asked. */
export function WrapUp({ desk }: { desk: AgentDesk }) {
  const wasHard = (desk.call?.decisions.size ?? 0) > 0;
  return (
    <div className="rest">
      <h2>{t("rest_heading")}</h2>
      <p>{t(wasHard ? "rest_text" : "rest_plain")}</p>
      <Button id="ready" onClick={() => desk.ready()}>
        {t("ready")}
      </Button>
    </div>
  );
}
