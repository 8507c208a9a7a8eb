import { useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import type { IncidentView, SupportOffer } from "../api/types";
import { callerHref } from "../caller/hrefs";
import { span, t } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { hasMarked, MarkCall } from "../ui/MarkCall";
import { tell } from "../ui/tell";
import { Comment } from "./Comment";
import type { AgentDesk } from "./desk";

const RECORD_MS = 3000;
const OFFERS_MS = 60_000;

/** After the call: time, and nothing that is asked. What was written down is there to read; help is there to take. */
export function WrapUp({ desk, callId }: { desk: AgentDesk; callId: string }) {
  const [record, setRecord] = useState<IncidentView | null>(null);
  const [offers, setOffers] = useState<SupportOffer[]>([]);
  const wasHard = (desk.call?.decisions.size ?? 0) > 0;

  async function load() {
    const found = await ask<IncidentView>("GET /api/incidents/of-call/{call_id}", { call_id: callId });
    setRecord(found);
    await loadOffers(found);
  }
  const loadOffers = async ({ summary }: IncidentView) =>
    setOffers(await ask<SupportOffer[]>("GET /api/incidents/{incident_id}/support", { incident_id: summary.incident_id }));
  // The record is drafted after the call, and support is offered when somebody thinks of it: both come while the agent rests.
  useEffect(() => {
    if (!wasHard && !hasMarked(callId)) return;
    if (offers.length > 0) return; // each look is written down
    const look = () => void (record ? loadOffers(record) : load()).catch(() => undefined); // no record: the call needed none, or not yet
    if (!record) look();
    const again = setInterval(() => document.hidden || look(), record ? OFFERS_MS : RECORD_MS);
    return () => clearInterval(again);
  }, [callId, wasHard, record, offers.length > 0]);

  async function answer(offer: SupportOffer, given: string) {
    await ask("POST /api/support/{support_id}/answer", { support_id: offer.support_id }, { answer: given }).catch((error) =>
      tell(sentence(error), true),
    );
    await load().catch(() => undefined);
  }

  return (
    <div className="rest">
      <h2>{t("rest_heading")}</h2>
      <p>{t(wasHard ? "rest_text" : "rest_plain")}</p>
      {offers.length > 0 && (
        <section className="offers">
          <h3>{t("rest_support")}</h3>
          {offers.map((one) => (
            <div key={one.support_id} className="offer">
              <p>
                <strong>{told(one.kind)}</strong>{" "}
                <span className="soft">{t("support_offered", { name: nameOf(one.offered_by) })}</span>
              </p>
              {one.answer ? (
                <span className="tag">{t(`support_${SAID[one.answer]}`)}</span>
              ) : (
                <p className="acts">
                  <Button size="small" onClick={() => void answer(one, "accepted")}>
                    {t("support_accept")}
                  </Button>
                  <Button size="small" look="plain" onClick={() => void answer(one, "later")}>
                    {t("support_later")}
                  </Button>
                  <Button size="small" look="plain" onClick={() => void answer(one, "declined")}>
                    {t("support_decline")}
                  </Button>
                </p>
              )}
            </div>
          ))}
        </section>
      )}
      {record ? (
        <Draft desk={desk} record={record} onComment={load} />
      ) : (
        <MarkCall callId={callId} onMarked={() => void load().catch(() => undefined)} />
      )}
      {desk.call?.caller && <a href={callerHref(desk.call.caller)}>{t("caller_note_for_next")}</a>}
      <Button id="ready" onClick={() => void desk.ready()}>
        {t("ready")}
      </Button>
    </div>
  );
}

const SAID = { accepted: "accept", later: "later", declined: "decline" } as const;

function Draft({ desk, record, onComment }: { desk: AgentDesk; record: IncidentView; onComment: () => Promise<void> }) {
  const { summary, may } = record;
  const { facts, comments } = record.content;
  return (
    <details className="draft">
      <summary>{t("rest_incident")}</summary>
      <h3>{t("rest_words")}</h3>
      <ul>
        {facts.words.map((one) => (
          <li key={`${one.start_s}${one.text}`}>
            <span className="number soft">{span(one.start_s)}</span> «{one.text}»
          </li>
        ))}
      </ul>
      {comments.map((one) => (
        <p key={one.at}>
          <strong>{nameOf(one.by)}</strong> {one.text}
        </p>
      ))}
      {may.includes("comment") && (
        <Comment
          desk={desk}
          incidentId={summary.incident_id}
          callId={summary.call_id}
          when={summary.happened_at}
          onSent={onComment}
        />
      )}
    </details>
  );
}
