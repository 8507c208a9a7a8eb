import { type FormEvent, useEffect, useState } from "react";
import { usePolicyChoices } from "../api/choices";
import { ask } from "../api/client";
import { nameOf } from "../api/people";
import type { SupportOffer } from "../api/types";
import { dayTime, incidentAct, t, tn } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { KindPick } from "../ui/KindPick";
import type { PartProps } from "./Statement";
import type { ChainCheck, Incident } from "./types";

/** Signing is said twice: a signature stands for good. */
export function Signing({ record, user, carry }: PartProps) {
  const [isAsking, setAsking] = useState(false);
  const { summary, history, may } = record;
  const signed = history.findLast((one) => one.act === "signed");
  // What stands on this screen, or nothing: not what somebody else has written since.
  const seen = { seen: String(summary.version) };
  const sign = () => ask("POST /api/incidents/{incident_id}/sign", { incident_id: summary.incident_id }, undefined, seen);
  if (!may.includes("sign") && !signed) return null;
  return (
    <section aria-labelledby="signing-title">
      <h2 id="signing-title">{t("incident_signature")}</h2>
      {signed && (
        <p>
          {t("incident_signed_by", { name: nameOf(signed.by), when: dayTime(signed.at), n: signed.version })}
          {summary.status === "amended" && ` ${t("incident_sign_again")}`}
        </p>
      )}
      {may.includes("sign") &&
        (isAsking ? (
          <div className="small-form">
            <p>{t("incident_sign_sure", { name: user.display_name || user.name })}</p>
            <div className="acts">
              <Button look="act" autoFocus onClick={() => void carry(sign, t("incident_is_signed")).then(() => setAsking(false))}>
                {t("incident_sign_now")}
              </Button>
              <Button look="plain" onClick={() => setAsking(false)}>
                {t("cancel")}
              </Button>
            </div>
          </div>
        ) : (
          <Button id="sign" onClick={() => setAsking(true)}>
            {t("sign")} …
          </Button>
        ))}
    </section>
  );
}

interface SendProps {
  label: string;
  send: string;
  onSend: (text: string) => Promise<boolean>;
}

/** A text that is sent and then gone from the field; what fails stays to be tried again. */
function Send({ label, send, onSend }: SendProps) {
  const [text, setText] = useState("");
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (await onSend(text.trim())) setText("");
  }
  return (
    <form className="small-form" onSubmit={submit}>
      <label>
        {label}
        <textarea rows={2} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="acts">
        <Button type="submit" size="small" disabled={!text.trim()}>
          {send}
        </Button>
      </div>
    </form>
  );
}

export function Comments({ record, carry }: PartProps) {
  const { comments } = record.content;
  const places = { incident_id: record.summary.incident_id };
  return (
    <section aria-labelledby="comments-title">
      <h2 id="comments-title">{t("incident_comments")}</h2>
      {comments.length === 0 && <p className="soft">{t("incident_no_comments")}</p>}
      {comments.map((one) => (
        <p key={one.at + one.by}>
          <strong>{nameOf(one.by)}</strong> <span className="soft">{dayTime(one.at)}</span>
          <br />
          {one.text}
        </p>
      ))}
      {record.may.includes("comment") && (
        <Send
          label={t("incident_comment")}
          send={t("rest_comment_send")}
          onSend={(text) =>
            carry(() => ask("POST /api/incidents/{incident_id}/comments", places, { text }), t("rest_comment_done"))
          }
        />
      )}
    </section>
  );
}

const FORMS = ["export.pdf", "export.json", "export.vcon", "letter.pdf", "letter.txt"] as const;

/** The record and the draft of the answer to the caller, as files; each one made is logged. */
export function Files({ record }: { record: Incident }) {
  const base = `/api/incidents/${encodeURIComponent(record.summary.incident_id)}`;
  return (
    <section aria-labelledby="files-title">
      <h2 id="files-title">{t("incident_files")}</h2>
      <p className="acts">
        {FORMS.map((form) => (
          <a key={form} className="button small" href={`${base}/${form}`} download>
            {t(`incident_${form.replace(".", "_") as "export_pdf"}`)}
          </a>
        ))}
      </p>
    </section>
  );
}

/** Help for the agent, confidential: the record says only that something was offered. */
export function Support({ record, carry }: PartProps) {
  const [offers, setOffers] = useState<SupportOffer[]>([]);
  const places = { incident_id: record.summary.incident_id };
  const load = () => ask<SupportOffer[]>("GET /api/incidents/{incident_id}/support", places).then(setOffers, () => setOffers([]));
  useEffect(() => void load(), [record.summary.version]);
  return (
    <details className="part" id="support">
      <summary>
        <h2>{t("incident_support")}</h2>
        {offers.length > 0 && <span className="soft">{tn("incident_offers", offers.length)}</span>}
      </summary>
      {offers.map((one) => (
        <p key={one.support_id}>
          <strong>{told(one.kind)}</strong>{" "}
          <span className="soft">{t(one.answer ? `incident_support_${one.answer}` : "incident_support_open")}</span>
        </p>
      ))}
      <OfferForm record={record} carry={carry} />
    </details>
  );
}

function OfferForm({ record, carry }: Pick<PartProps, "record" | "carry">) {
  const { choices, why } = usePolicyChoices();
  const [kind, setKind] = useState("");
  const [note, setNote] = useState("");
  const places = { incident_id: record.summary.incident_id };
  async function submit(event: FormEvent) {
    event.preventDefault();
    const offer = () => ask("POST /api/incidents/{incident_id}/support", places, { kind, note: note.trim() });
    if (!(await carry(offer, t("incident_support_done")))) return;
    setKind("");
    setNote("");
  }
  return (
    <form className="small-form" onSubmit={submit}>
      <KindPick label={t("incident_support_kind")} kinds={choices?.support ?? null} why={why} value={kind} onPick={setKind} />
      <label>
        {t("incident_support_note")}
        <input value={note} onChange={(event) => setNote(event.target.value)} />
      </label>
      <div className="acts">
        <Button type="submit" size="small" disabled={!kind}>
          {t("incident_support_offer")}
        </Button>
      </div>
    </form>
  );
}

/** Legal hold: nothing of the record or its call is deleted. */
export function Hold({ record, carry }: PartProps) {
  const isOn = record.summary.is_on_hold;
  const places = { incident_id: record.summary.incident_id };
  return (
    <details className="part" id="hold">
      <summary>
        <h2>{t("incident_hold")}</h2>
        {isOn && <span className="tag strong">{t("incident_on_hold")}</span>}
      </summary>
      <p className="soft">{t(isOn ? "incident_hold_is_on" : "incident_hold_is_off")}</p>
      <Send
        label={t("why")}
        send={t(isOn ? "incident_hold_lift" : "incident_hold_set")}
        onSend={(reason) =>
          carry(() => ask("POST /api/incidents/{incident_id}/hold", places, { on: !isOn, reason }), t("incident_hold_done"))
        }
      />
    </details>
  );
}

/** Every version, and whether each is as it was written. */
export function History({ record }: { record: Incident }) {
  const [check, setCheck] = useState<ChainCheck | null>(null);
  const id = record.summary.incident_id;
  useEffect(() => {
    ask<ChainCheck>("GET /api/incidents/{incident_id}/verify", { incident_id: id }).then(setCheck, () => setCheck(null));
  }, [id, record.summary.version]);
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">{t("incident_history")}</h2>
      {check && (
        <p className={check.is_intact ? "soft" : "complaint"} id="intact">
          {check.is_intact ? tn("incident_intact", check.versions) : check.problem}
        </p>
      )}
      <ol className="moments">
        {record.history.map((one) => (
          <li key={one.version}>
            <a href={`/incidents?id=${encodeURIComponent(id)}&version=${one.version}`}>
              {t("incident_version", { n: one.version })}
            </a>
            <span>
              {incidentAct(one.act)}
              <span className="soft">
                {one.by && ` · ${nameOf(one.by)}`} · {dayTime(one.at)}
              </span>
              {one.reason && <span className="soft"> · {told(one.reason)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
