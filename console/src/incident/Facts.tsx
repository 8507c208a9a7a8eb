import { nameOf } from "../api/people";
import { category, fieldWord, span, t } from "../i18n";
import { sayFact } from "./said";
import type { AlertLife, CallAct, ChecklistAnswer, Facts, Utterance } from "./types";

/** What follows from the call itself: nobody can change it, only correct it beside. */
export function FactsPart({ facts }: { facts: Facts }) {
  return (
    <section className="facts-part" aria-labelledby="facts-title">
      <h2 id="facts-title">{t("incident_facts")}</h2>
      <p className="soft">{t("incident_facts_about")}</p>
      <h3>{t("rest_words")}</h3>
      {facts.words.length === 0 && <p className="soft">{t("incident_no_words")}</p>}
      <ul className="words">
        {facts.words.map((one) => (
          <Words key={`${one.start_s}${one.text}`} said={one} />
        ))}
      </ul>
      {facts.excerpt.length > 0 && (
        <details>
          <summary>{t("incident_around")}</summary>
          <ul className="excerpt">
            {facts.excerpt.map((one) => (
              <li key={`${one.start_s}${one.speaker}`}>
                <span className="number soft">{span(one.start_s)}</span> <span className="soft">{speaker(one.speaker)}</span>{" "}
                {one.text}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Timeline alerts={facts.alerts} acts={facts.acts} />
      {facts.checklist.length > 0 && <Answers answers={facts.checklist} />}
      {facts.gaps.length > 0 && (
        <>
          <h3>{t("incident_gaps")}</h3>
          <ul>
            {facts.gaps.map((one, place) => (
              <li key={one}>{sayFact(facts.gaps_said[place], one)}</li>
            ))}
          </ul>
        </>
      )}
      {facts.how_it_ended && (
        <>
          <h3>{t("incident_ended")}</h3>
          <p>{sayFact(facts.ending_said, facts.how_it_ended)}</p>
        </>
      )}
      <p className="soft">{t("incident_policy", { policy: facts.policy })}</p>
    </section>
  );
}

const speaker = (role: string) => (role === "caller" || role === "agent" ? t(`who_${role}`) : t("who_unknown"));

function Words({ said }: { said: Utterance }) {
  return (
    <li>
      <blockquote>«{said.text}»</blockquote>
      <p className="soft">
        <span className="number">{span(said.start_s)}</span> {said.labels.map(category).join(", ")}
        {!said.is_reliable && <span className="tag">{t("heard_unclearly")}</span>}
      </p>
    </li>
  );
}

interface Moment {
  key: string;
  atS: number;
  text: string;
  by: string;
}

const moment = (key: string, one: CallAct): Moment => ({
  key: `${key}${one.at_s}${one.by}`,
  atS: one.at_s,
  text: sayFact(one.said, one.what),
  by: one.by,
});

function momentsOf(alerts: AlertLife[], acts: CallAct[]): Moment[] {
  const told = alerts.flatMap((one) => [
    {
      key: one.decision_id,
      atS: one.at_s,
      text: t("incident_alert", { category: category(one.category), tier: one.tier }),
      by: "",
    },
    ...one.answers.map((answer) => moment(`${one.decision_id}a`, answer)),
  ]);
  return [...told, ...acts.map((one, place) => moment(`act${place}`, one))].sort((one, other) => one.atS - other.atS);
}

/** Alerts and what people did, in the order of the call. */
function Timeline({ alerts, acts }: { alerts: AlertLife[]; acts: CallAct[] }) {
  const moments = momentsOf(alerts, acts);
  if (moments.length === 0) return null;
  return (
    <>
      <h3>{t("incident_timeline")}</h3>
      <ol className="moments">
        {moments.map((one) => (
          <li key={one.key}>
            <span className="number soft">{span(one.atS)}</span>
            <span>
              {one.text}
              {one.by && <span className="soft"> · {nameOf(one.by)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Answers({ answers }: { answers: ChecklistAnswer[] }) {
  return (
    <>
      <h3>{t("checklist_fields")}</h3>
      <dl className="answers">
        {answers.map((one) => (
          <div key={one.field}>
            <dt>{fieldWord(one.field)}</dt>
            <dd className={one.answer ? "" : "soft"}>{one.answer || t("checklist_open")}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
