import { useEffect } from "react";
import { ask } from "../api/client";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import { category, dayTime, incidentStatus, t, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { hrefOf } from "../incident/hrefs";
import { RecordLayout, Unread, useRecord } from "../record/Record";
import { Notes } from "./Notes";
import { Restrictions } from "./Restrictions";
import { isKeeper } from "./roles";
import type { Caller, Contact, Limit } from "./types";

/** One caller: what the next person should know, how much contact there is, and what happened. Nothing here follows by itself. */
export function CallerRecord({ id, user }: { id: string; user: User }) {
  const { record, why, again, act } = useRecord(() => ask<Caller>("GET /api/callers/{caller}", { caller: id }), id);
  useEffect(() => {
    document.title = `${t("caller")} · callguard`;
  }, []);
  if (!record) return <Unread heading={t("caller_not_read")} why={why} again={again} />;
  const parts = { caller: record, user, act };
  return (
    <RecordLayout
      kind="caller"
      why={why}
      head={<Heading caller={record} seesNumber={isKeeper(user.role)} />}
      left={
        <>
          <Notes {...parts} />
          <Restrictions {...parts} />
        </>
      }
      right={
        <>
          <ContactPart contact={record.contact} />
          <Incidents caller={record} />
        </>
      }
    />
  );
}

/** `seesNumber` is false for those from whom it is kept. */
function Heading({ caller, seesNumber }: { caller: Caller; seesNumber: boolean }) {
  return (
    <header className="record-head">
      <h1 id="caller-title">{caller.number || t("caller")}</h1>
      <p>
        {!caller.number && !seesNumber && <span className="soft">{t("caller_number_hidden")}</span>}
        {caller.first_seen && <span className="soft">{t("caller_first", { when: dayTime(caller.first_seen) })}</span>}
        {caller.last_seen && <span className="soft">{t("caller_last", { when: dayTime(caller.last_seen) })}</span>}
      </p>
      {caller.is_repeat_offender && caller.because && <p>{told(caller.because)}</p>}
    </header>
  );
}

/** Which limit each figure counts against. */
const FIGURES: [keyof Omit<Contact, "over">, Limit | null][] = [
  ["calls_today", "call_frequency"],
  ["calls_this_month", "call_frequency"],
  ["minutes_today", null],
  ["longest_call_minutes", "call_length"],
  ["repetitions", "repetition"],
  ["misused_complaints", "complaint_misuse"],
];

function ContactPart({ contact }: { contact: Contact }) {
  return (
    <section aria-labelledby="contact-title" id="contact">
      <h2 id="contact-title">{t("caller_contact")}</h2>
      {contact.over.length > 0 ? (
        <p className="over">
          {t("caller_over")}{" "}
          {contact.over.map((one) => (
            <span key={one} className="tag strong">
              {wordOf("contact_limit", one)}
            </span>
          ))}
        </p>
      ) : (
        <p className="soft">{t("caller_not_over")}</p>
      )}
      <dl className="figures">
        {FIGURES.map(([name, limit]) => (
          <div key={name} className={limit && contact.over.includes(limit) ? "passed" : ""}>
            <dt>{t(`contact_${name}`)}</dt>
            <dd className="number">{contact[name]}</dd>
          </div>
        ))}
      </dl>
      <p className="soft">{t("caller_contact_about")}</p>
    </section>
  );
}

function Incidents({ caller }: { caller: Caller }) {
  return (
    <section aria-labelledby="caller-incidents-title">
      <h2 id="caller-incidents-title">{t("area_incidents")}</h2>
      {caller.incidents.length === 0 && <p className="soft">{t("caller_no_incidents")}</p>}
      <ul className="entries">
        {caller.incidents.map((one) => (
          <li key={one.incident_id}>
            <p>
              <a href={hrefOf(one.incident_id)}>{one.categories.map(category).join(", ") || t("incident_title")}</a>{" "}
              <span className="tag">{incidentStatus(one.status)}</span>
            </p>
            <p className="soft">
              {nameOf(one.agent) || t("agent_unknown")} · <span className="number">{dayTime(one.happened_at)}</span>
              {one.about_care && ` · ${t("incident_care")}`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
