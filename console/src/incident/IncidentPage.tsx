// Incident records: what waits to be completed and signed, and one record to read, complete, sign and amend.

import { t } from "../i18n";
import { RecordPage } from "../record/RecordPage";
import { IncidentList } from "./IncidentList";
import { IncidentRecord } from "./IncidentRecord";
import "./incident.css";

export default function IncidentPage() {
  const place = new URLSearchParams(location.search);
  const id = place.get("id");
  return (
    <RecordPage about={t("incident_explained")} links={() => id && <a href="/incidents">{t("area_incidents")}</a>}>
      {(user) => (id ? <IncidentRecord id={id} version={Number(place.get("version") ?? 0)} user={user} /> : <IncidentList />)}
    </RecordPage>
  );
}
