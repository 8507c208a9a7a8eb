// The caller register: one caller's record, and for those who keep it a way to find one.

import type { User } from "../api/types";
import { t } from "../i18n";
import { RecordPage } from "../record/RecordPage";
import { Empty } from "../ui/Empty";
import { CallerRecord } from "./CallerRecord";
import { Find } from "./Find";
import { isKeeper } from "./roles";
import "./caller.css";

export default function CallersPage() {
  const id = new URLSearchParams(location.search).get("id");
  const links = (user: User) => (
    <>
      {user.role !== "agent" && <a href="/incidents">{t("area_incidents")}</a>}
      {id && isKeeper(user.role) && <a href="/callers">{t("area_callers")}</a>}
    </>
  );
  return (
    <RecordPage about={t("callers_explained")} links={links}>
      {(user) =>
        id ? (
          <CallerRecord id={id} user={user} />
        ) : isKeeper(user.role) ? (
          <Find />
        ) : (
          <Empty heading={t("callers_not_yours")}>
            <p>{t("callers_not_yours_next")}</p>
          </Empty>
        )
      }
    </RecordPage>
  );
}
