// Replay a call: what was said, what was raised, what people did.

import { useEffect, useState } from "react";
import type { User } from "../api/types";
import { category, dayTime, span, t } from "../i18n";
import { pieces } from "../model/call";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { StateBadge } from "../ui/Shape";
import { ReplayDesk } from "./desk";
import { useLoaded } from "./load";
import { Aside } from "./ReplayAside";

export default function ReplayPage({ callId, user }: { callId: string; user: User }) {
  const [desk] = useState(() => new ReplayDesk(callId, user));
  const { value, error, status, again } = useLoaded(callId, () => desk.load());
  useEffect(() => {
    document.title = `${t("area_qa")} · callguard`;
  }, []);
  if (error)
    return (
      <main className="waiting">
        <Empty of="not_guarded" heading={t(status === 404 ? "no_such_call" : "qa_not_loaded")}>
          <p>{error}.</p>
          <Button onClick={again}>{t("qa_again")}</Button>
        </Empty>
      </main>
    );
  if (!value) return <main className="loading">{t("loading")}</main>;
  return <Replay desk={desk} />;
}

function Replay({ desk }: { desk: ReplayDesk }) {
  const { record } = desk;
  return (
    <main className="replay">
      <header>
        <h2>{record && dayTime(record.started_at)}</h2>
        {record && <StateBadge of={record.state} />}
        <span>{record?.agent || t("agent_unknown")}</span>
      </header>
      <section aria-label={t("transcript")}>
        <ol className="well talk">
          {desk.lines.map((line) => (
            <li key={line.key} className={`said ${line.channel}`}>
              <button type="button" className="number" onClick={() => desk.seek(line.startS)}>
                {span(line.startS)}
              </button>
              <span className="who">{t(`who_${line.channel}`)}</span>
              <span className="words">
                {pieces(line.text, line.spans).map((one, place) =>
                  one.category ? (
                    <mark key={place} title={category(one.category)}>
                      {one.text}
                    </mark>
                  ) : (
                    one.text
                  ),
                )}
              </span>
            </li>
          ))}
        </ol>
      </section>
      <Aside desk={desk} />
    </main>
  );
}
