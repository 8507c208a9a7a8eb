import type { ReactNode } from "react";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { Empty } from "../ui/Empty";
import { type Act, useAct, useFresh } from "../ui/fresh";

interface Kept<Value> {
  record: Value | null;
  /** Why it could not be read, or what was last asked not be done. */
  why: string;
  again: () => Promise<void>;
  /** Carry something out and show the record as it stands afterwards. */
  act: Act;
}

/** Read a record at once, and again after each act; `key` says which it is. */
export function useRecord<Value>(load: () => Promise<Value>, key: string): Kept<Value> {
  const { value, why: unread, again } = useFresh(load, 0, key);
  const { why: undone, act: carryOut } = useAct();
  const act: Act = async (send, done) => {
    const isDone = await carryOut(send, done);
    if (isDone) await again();
    return isDone;
  };
  return { record: value, why: undone || unread, again, act };
}

/** What stands in the place of a record that has not been read. */
export function Unread({ heading, why, again }: { heading: string; why: string; again: () => Promise<void> }) {
  return why ? (
    <Empty of="not_guarded" heading={heading}>
      <p role="alert">{why}</p>
      <Button onClick={() => void again()}>{t("incident_again")}</Button>
    </Empty>
  ) : (
    <p className="loading">{t("loading")}</p>
  );
}

interface LayoutProps {
  /** A word for the style sheet; the heading has the id `…-title`. */
  kind: string;
  head: ReactNode;
  why: string;
  left: ReactNode;
  right: ReactNode;
}

/** A record: its head, and under it two columns of parts. */
export function RecordLayout({ kind, head, why, left, right }: LayoutProps) {
  return (
    <article className={`record ${kind}`} aria-labelledby={`${kind}-title`}>
      {head}
      <Complaint why={why} />
      <div className="two">
        <div className="parts">{left}</div>
        <div className="parts">{right}</div>
      </div>
    </article>
  );
}
