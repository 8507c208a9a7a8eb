import type { FormEvent } from "react";
import { ask, sentence } from "../api/client";
import { dayTime, t } from "../i18n";
import { Button } from "../ui/Button";
import { tell } from "../ui/tell";
import type { AgentDesk } from "./desk";

interface Props {
  desk: AgentDesk;
  incidentId: string;
  callId: string;
  /** When the call began. */
  when: string;
  onSent?: () => Promise<void>;
  onPutAway?: () => void;
}

/** Something to add to a record. The desk keeps what was begun: the next call does not wait until it is sent. */
export function Comment({ desk, incidentId, callId, when, onSent, onPutAway }: Props) {
  const text = desk.begun.get(incidentId)?.text ?? "";
  async function send(event: FormEvent) {
    event.preventDefault();
    try {
      await ask("POST /api/incidents/{incident_id}/comments", { incident_id: incidentId }, { text });
      desk.putAway(incidentId);
      tell(t("rest_comment_done"));
      await onSent?.();
    } catch (error) {
      tell(sentence(error), true);
    }
  }
  return (
    <form onSubmit={send}>
      <label>
        {t(onPutAway ? "rest_comment_begun" : "rest_comment", { when: dayTime(when) })}
        <textarea
          rows={3}
          value={text}
          onChange={(event) => desk.begin(incidentId, { text: event.target.value, callId, when })}
        />
      </label>
      <div className="acts">
        <Button type="submit" size="small" disabled={!text.trim()}>
          {t("rest_comment_send")}
        </Button>
        {onPutAway && (
          <Button size="small" look="plain" onClick={onPutAway}>
            {t("put_away")}
          </Button>
        )}
      </div>
    </form>
  );
}

/** What was begun after an earlier call, until it is sent or put away. */
export function Begun({ desk, current }: { desk: AgentDesk; current: string }) {
  const others = [...desk.begun].filter(([, one]) => one.callId !== current);
  return others.map(([id, { callId, when }]) => (
    <section key={id} className="begun">
      <Comment desk={desk} incidentId={id} callId={callId} when={when} onPutAway={() => desk.putAway(id)} />
    </section>
  ));
}
