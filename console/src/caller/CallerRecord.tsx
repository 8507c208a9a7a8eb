import { useEffect, useState } from "react";
import { ask, sentence } from "../api/client";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import type { Act } from "../board/Queues";
import { category, dayTime, incidentStatus, t, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { hrefOf } from "../incident/hrefs";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { tell } from "../ui/tell";
import { Notes } from "./Notes";
import { Restrictions } from "./Restrictions";
import { isKeeper } from "./roles";
import type { Caller, Contact, Limit } from "./types";

/** One caller: what the next person should know, how much contact there is, and what happened. Nothing here follows by itself. */
export function CallerRecord({ id, user }: { id: string; user: User }) {
  const [record, setRecord] = useState<Caller | null>(null);
  const [why, setWhy] = useState("");
  const load = () => ask<Caller>("GET /api/callers/{caller}", { caller: id }).then(setRecord, (error) => setWhy(sentence(error)));
  useEffect(() => {
    document.title = `${t("caller")} · callguard`;
    void load();
  }, [id]);
  const act: Act = async (send, done = "") => {
    setWhy("");
    try {
      await send();
    } catch (error) {
      setWhy(t("not_done", { why: sentence(error) }));
      return false;
    }
    if (done) tell(done);
    await load();
    return true;
  };
  if (!record)
    return why ? (
      <Empty of="not_guarded" heading={t("caller_not_read")}>
        <p role="alert">{why}</p>
        <Button onClick={() => void load()}>{t("incident_again")}</Button>
      </Empty>
    ) : (
      <p className="loading">{t("loading")}</p>
    );
  return (
    <article className="incident caller" aria-labelledby="caller-title">
      <header className="incident-head">
        <h1 id="caller-title">{record.number || t("caller")}</h1>
        <p>
          {!record.number && !isKeeper(user.role) && <span className="soft">{t("caller_number_hidden")}</span>}
          {record.first_seen && <span className="soft">{t("caller_first", { when: dayTime(record.first_seen) })}</span>}
          {record.last_seen && <span className="soft">{t("caller_last", { when: dayTime(record.last_seen) })}</span>}
        </p>
        {record.is_repeat_offender && record.because && <p>{told(record.because)}</p>}
      </header>
      {why && (
        <p className="complaint" role="alert">
          {why}
        </p>
      )}
      <div className="two">
        <div className="parts">
          <Notes caller={record} user={user} act={act} />
          <Restrictions caller={record} user={user} act={act} />
        </div>
        <div className="parts">
          <ContactPart contact={record.contact} />
          <Incidents caller={record} />
        </div>
      </div>
    </article>
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
