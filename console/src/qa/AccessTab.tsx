// Who has read, heard or corrected which call.

import { useState } from "react";
import { ask } from "../api/client";
import { loadPeople, nameOf } from "../api/people";
import type { User } from "../api/types";
import { dayTime, t } from "../i18n";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { follow } from "../ui/place";
import { useLoaded } from "./load";
import { hrefWith } from "./place";
import type { Access } from "./types";
import { accessWord } from "./words";

const FEW = 100;
const MANY = 1000;

export default function AccessTab({ user }: { user: User }) {
  const [limit, setLimit] = useState(FEW);
  const load = () =>
    Promise.all([ask<Access[]>("GET /api/access", {}, undefined, { limit: String(limit) }), loadPeople()]).then(
      ([found]) => found,
    );
  const { value, error, again } = useLoaded(String(limit), load);
  return (
    <main className="access">
      <h2>{t("qa_access_title")}</h2>
      <p className="soft">{t("qa_access_about")}</p>
      {error && (
        <div className="well">
          <Empty of="not_guarded" heading={t("qa_not_loaded")}>
            <p>{error}.</p>
            <Button onClick={again}>{t("qa_again")}</Button>
          </Empty>
        </div>
      )}
      {value?.length === 0 && (
        <div className="well">
          <Empty heading={t("qa_access_none")} />
        </div>
      )}
      {value && value.length > 0 && (
        <table className="well found">
          <thead>
            <tr>
              <th scope="col">{t("qa_access_when")}</th>
              <th scope="col">{t("qa_access_who")}</th>
              <th scope="col">{t("qa_access_what")}</th>
              <th scope="col">{t("qa_access_call")}</th>
              <th scope="col">{t("qa_access_where")}</th>
            </tr>
          </thead>
          <tbody>
            {value.map((one, place) => (
              <tr key={place}>
                <th scope="row" className="number">
                  {dayTime(one.at)}
                </th>
                <td>{nameOf(one.who)}</td>
                <td>{accessWord(one.what)}</td>
                <td>
                  {user.role === "qa" && one.call_id ? (
                    <a href={hrefWith({ call: one.call_id, from: "log" })} onClick={follow}>
                      {one.call_id}
                    </a>
                  ) : (
                    one.call_id
                  )}
                </td>
                <td>{one.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {value && value.length === FEW && limit === FEW && <Button onClick={() => setLimit(MANY)}>{t("qa_access_more")}</Button>}
    </main>
  );
}
