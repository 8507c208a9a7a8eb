import { useState } from "react";
import { nameOf } from "../api/people";
import type { User } from "../api/types";
import { ProposalForm, ToDecide, ToReview } from "../board/Restrictions";
import { dayTime, t, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import type { Act } from "../ui/fresh";
import type { Caller, Limited } from "./types";

/** Limits on contact: anybody proposes, senior staff decide. */
export function Restrictions({ caller, user, act }: { caller: Caller; user: User; act: Act }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-labelledby="caller-restrictions-title" id="restrictions">
      <h2 id="caller-restrictions-title">{t("callers_restrictions")}</h2>
      {caller.restrictions.length === 0 && <p className="soft">{t("caller_no_restrictions")}</p>}
      <ul className="entries">
        {caller.restrictions.map((one) => {
          if (user.role === "senior" && one.status === "proposed")
            return <ToDecide key={one.restriction_id} restriction={one} act={act} />;
          if (user.role === "senior" && one.status === "in_force")
            return <ToReview key={one.restriction_id} restriction={one} act={act} />;
          return <Told key={one.restriction_id} restriction={one} />;
        })}
      </ul>
      {isOpen ? (
        <ProposalForm caller={caller} act={act} onDone={() => setOpen(false)} />
      ) : (
        <Button size="small" onClick={() => setOpen(true)}>
          {t("propose")}
        </Button>
      )}
    </section>
  );
}

function Told({ restriction }: { restriction: Limited }) {
  const { status, kind, reason, decided_by, proposed_by, ends_at, refuse_calls, route_to } = restriction;
  return (
    <li>
      <p>
        <strong>{told(kind)}</strong> <span className="tag">{wordOf("restriction_status", status)}</span>
      </p>
      <p>{reason}</p>
      <p className="soft">
        {decided_by ? t("restriction_by", { name: nameOf(decided_by) }) : t("proposed_by", { name: nameOf(proposed_by) })}
        {ends_at && ` · ${t("restriction_ends", { when: dayTime(ends_at) })}`}
        {route_to && ` · ${t("restriction_routed", { to: route_to })}`}
        {refuse_calls && ` · ${t("restriction_refuses")}`}
      </p>
    </li>
  );
}
