import { type FormEvent, type ReactNode, useState } from "react";
import { usePolicyChoices } from "../api/choices";
import { ask } from "../api/client";
import { nameOf } from "../api/people";
import type { CallerView, Restriction } from "../api/types";
import { callerHref } from "../caller/hrefs";
import { dayTime, t, tn } from "../i18n";
import { told } from "../i18n/told";
import { hrefOf } from "../incident/hrefs";
import { Button } from "../ui/Button";
import type { Act } from "../ui/fresh";
import { KindPick } from "../ui/KindPick";

const LETTER = (restriction: Restriction) => `/api/restrictions/${encodeURIComponent(restriction.restriction_id)}/letter.pdf`;

/** What it rests on: the caller's record, and the incidents. */
function Incidents({ ids, caller }: { ids: string[]; caller: string }) {
  const isThere = location.pathname === "/callers" && location.search.includes(encodeURIComponent(caller));
  if (ids.length === 0 && isThere) return null;
  return (
    <p className="acts">
      {!isThere && <a href={callerHref(caller)}>{t("caller")}</a>}
      {ids.map((id, place) => (
        <a key={id} href={hrefOf(id)}>
          {t("restriction_incident", { n: place + 1 })}
        </a>
      ))}
    </p>
  );
}

/** A proposal: what and why, and the form in which a person decides. */
export function ToDecide({ restriction, act }: { restriction: Restriction; act: Act }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <p>
        <strong>{told(restriction.kind)}</strong>{" "}
        <span className="soft">{t("proposed_by", { name: nameOf(restriction.proposed_by) })}</span>
        {restriction.days > 0 && <span className="soft"> · {t("days", { n: restriction.days })}</span>}
      </p>
      <p>{restriction.reason}</p>
      <Incidents ids={restriction.incidents} caller={restriction.caller} />
      {isOpen ? (
        <DecisionForm restriction={restriction} act={act} onDone={() => setOpen(false)} />
      ) : (
        <Button size="small" onClick={() => setOpen(true)}>
          {t("restriction_decide")}
        </Button>
      )}
    </li>
  );
}

interface FormProps {
  restriction: Restriction;
  act: Act;
  onDone: () => void;
}

function DecisionForm({ restriction, act, onDone }: FormProps) {
  const { choices, why } = usePolicyChoices();
  const [kind, setKind] = useState(restriction.kind);
  const [reason, setReason] = useState("");
  const [consulted, setConsulted] = useState("");
  const [days, setDays] = useState(restriction.days ? String(restriction.days) : "");
  const [review, setReview] = useState("");
  const [route, setRoute] = useState("");
  const [isRefusing, setRefusing] = useState(false);
  function decide(approve: boolean) {
    const limits = { days: Number(days), review_after_days: Number(review), route_to: route.trim(), refuse_calls: isRefusing };
    const body = { approve, reason: reason.trim(), consulted: consulted.trim(), ...(approve ? { kind, ...limits } : {}) };
    const places = { restriction_id: restriction.restriction_id };
    void act(() => ask("POST /api/restrictions/{restriction_id}/decide", places, body), t("restriction_decided"));
  }
  const keep = (event: FormEvent) => event.preventDefault();
  return (
    <form className="small-form" onSubmit={keep}>
      <label>
        {t("restriction_reason")}
        {/* biome-ignore lint/a11y/noAutofocus: it opens because the reader pressed its button */}
        <textarea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
      </label>
      <label>
        {t("consulted")}
        <input value={consulted} onChange={(event) => setConsulted(event.target.value)} />
      </label>
      <KindPick label={t("propose_kind")} kinds={choices?.restriction_kinds ?? [kind]} why={why} value={kind} onPick={setKind} />
      <div className="pair">
        <NumberField label={t("restriction_days")} most={choices?.longest_days} value={days} onChange={setDays} />
        <NumberField label={t("restriction_review")} most={choices?.longest_days} value={review} onChange={setReview} />
      </div>
      <label>
        {t("restriction_route")}
        <input value={route} onChange={(event) => setRoute(event.target.value)} />
      </label>
      <label className="check">
        <input type="checkbox" checked={isRefusing} onChange={(event) => setRefusing(event.target.checked)} />
        <span>{t("restriction_refuse")}</span>
      </label>
      <div className="acts">
        <Button size="small" disabled={!reason.trim() || !kind} onClick={() => decide(true)}>
          {t("approve")}
        </Button>
        <Button size="small" disabled={!reason.trim()} onClick={() => decide(false)}>
          {t("refuse")}
        </Button>
        <Button size="small" look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

interface NumberProps {
  label: string;
  /** The policy's limit, once it is known. */
  most: number | undefined;
  value: string;
  onChange: (value: string) => void;
}

function NumberField({ label, most = 1095, value, onChange }: NumberProps) {
  return (
    <label>
      {label}
      <input type="number" min={0} max={most} value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

/** A restriction in force whose review is due: it is lifted, or it goes on until its end. */
export function ToReview({ restriction, act }: { restriction: Restriction; act: Act }) {
  const places = { restriction_id: restriction.restriction_id };
  return (
    <li>
      <p>
        <strong>{told(restriction.kind)}</strong>{" "}
        {restriction.ends_at && <span className="soft">{t("restriction_ends", { when: dayTime(restriction.ends_at) })}</span>}
      </p>
      <p>{restriction.reason}</p>
      <Incidents ids={restriction.incidents} caller={restriction.caller} />
      <a className="button small" href={LETTER(restriction)} download>
        {t("restriction_letter")}
      </a>
      <Reasoned label={t("why")}>
        {(reason) => (
          <Button
            size="small"
            disabled={!reason}
            onClick={() =>
              void act(() => ask("POST /api/restrictions/{restriction_id}/lift", places, { reason }), t("restriction_decided"))
            }
          >
            {t("restriction_lift")}
          </Button>
        )}
      </Reasoned>
    </li>
  );
}

/** A text that must be written, and the buttons that send it. */
export function Reasoned({ label, children }: { label: string; children: (text: string) => ReactNode }) {
  const [text, setText] = useState("");
  const keep = (event: FormEvent) => event.preventDefault();
  return (
    <form className="small-form" onSubmit={keep}>
      <label>
        {label}
        <textarea rows={2} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="acts">{children(text.trim())}</div>
    </form>
  );
}

/** A caller of several incidents: somebody may propose a restriction, and nothing follows by itself. */
export function Repeated({ caller, act }: { caller: CallerView; act: Act }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <p>
        <strong>{caller.number || t("caller")}</strong>{" "}
        <span className="soft">{tn("repeat_incidents", caller.incidents.length)}</span>
      </p>
      <p>{told(caller.because)}</p>
      <Incidents ids={caller.incidents.map((one) => one.incident_id)} caller={caller.caller} />
      {isOpen ? (
        <ProposalForm caller={caller} act={act} onDone={() => setOpen(false)} />
      ) : (
        <Button size="small" onClick={() => setOpen(true)}>
          {t("propose")}
        </Button>
      )}
    </li>
  );
}

/** Propose to restrict a caller; nothing follows until somebody decides. */
export function ProposalForm({ caller, act, onDone }: { caller: CallerView; act: Act; onDone: () => void }) {
  const { choices, why } = usePolicyChoices();
  const [kind, setKind] = useState("");
  const [days, setDays] = useState("");
  const [reason, setReason] = useState("");
  async function send(event: FormEvent) {
    event.preventDefault();
    const incidents = caller.incidents.map((one) => one.incident_id);
    const body = { kind, reason: reason.trim(), days: Number(days), incidents };
    const isDone = await act(
      () => ask("POST /api/callers/{caller}/restrictions", { caller: caller.caller }, body),
      t("proposed"),
    );
    if (isDone) onDone();
  }
  return (
    <form className="small-form" onSubmit={send}>
      <KindPick
        label={t("propose_kind")}
        kinds={choices?.restriction_kinds ?? null}
        why={why}
        value={kind}
        onPick={setKind}
        isFirst
      />
      <label>
        {t("propose_reason")}
        <textarea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <NumberField label={t("restriction_days")} most={choices?.longest_days} value={days} onChange={setDays} />
      <div className="acts">
        <Button type="submit" size="small" disabled={!kind || !reason.trim()}>
          {t("propose_send")}
        </Button>
        <Button size="small" look="plain" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
