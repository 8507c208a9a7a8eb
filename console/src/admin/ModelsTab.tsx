import { useEffect, useState } from "react";
import { ask } from "../api/client";
import { decimal, t } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { useAct, useFresh } from "../ui/fresh";
import { StateBadge } from "../ui/Shape";
import { Section, Stale, Sure, Table } from "./parts";
import type { Model, ModelShelf } from "./types";

const EVERY_MS = 15_000;
const WHILE_PULLING_MS = 1000;

export default function ModelsTab() {
  const [isPulling, setPulling] = useState(false);
  const shelf = useFresh(() => ask<ModelShelf>("GET /api/models", {}), isPulling ? WHILE_PULLING_MS : EVERY_MS);
  const { why, act } = useAct();
  const [checking, setChecking] = useState("");
  useEffect(() => setPulling(shelf.value?.models.some((one) => one.pull?.state === "running") ?? false), [shelf.value]);
  const pull = ({ name }: Model) =>
    act(async () => shelf.set(await ask<ModelShelf>("POST /api/models/{name}/pull", { name })), t("admin_pull_began", { name }));
  async function verify({ name }: Model) {
    setChecking(name);
    await act(
      async () => shelf.set(await ask<ModelShelf>("POST /api/models/{name}/verify", { name })),
      t("admin_verified", { name }),
    );
    setChecking("");
  }
  return (
    <Section title={t("admin_tab_models")} about={t("admin_models_about")}>
      <Stale why={shelf.why} hasValue={shelf.value !== null} />
      <Complaint why={why} />
      {shelf.value && (
        <>
          <div className="well note">
            <div className="head">
              <h3>{shelf.value.engine}</h3>
              <StateBadge
                of={shelf.value.is_fallback ? "degraded" : "quiet"}
                word={t(shelf.value.is_fallback ? "admin_runs_fallback" : "admin_runs")}
              />
            </div>
            <p>{told(shelf.value.detail)}</p>
          </div>
          {!shelf.value.may_pull && <p className="soft">{t("admin_may_not_pull")}</p>}
          <Table
            label={t("admin_tab_models")}
            heads={[
              t("admin_model"),
              t("admin_state"),
              t("admin_size"),
              t("admin_languages"),
              t("admin_licence"),
              t("admin_window"),
              "",
            ]}
          >
            {shelf.value.models.map((model) => (
              <tr key={model.name}>
                <th scope="row">
                  {model.name}
                  <br />
                  <span className="soft">{told(model.note)}</span>
                </th>
                <td>
                  <State model={model} />
                </td>
                <td className="number">
                  {t("admin_mb", { n: model.is_on_disk ? Math.round(model.bytes_on_disk / 1e6) : model.megabytes })}
                </td>
                <td>{model.languages}</td>
                <td>{model.licence}</td>
                <td>
                  {t("admin_window_is", { n: decimal(model.margin_s) })}
                  {model.minimum_s > 0 && t("admin_window_at_least", { n: decimal(model.minimum_s) })}
                </td>
                <td>
                  {model.is_on_disk ? (
                    <Button size="small" disabled={checking !== ""} onClick={() => void verify(model)}>
                      {t(checking === model.name ? "admin_verifying" : "admin_verify")}{" "}
                      <span className="unseen">{model.name}</span>
                    </Button>
                  ) : (
                    shelf.value?.may_pull && (
                      <Sure
                        word={
                          <>
                            {t("admin_pull")} <span className="unseen">{model.name}</span>
                          </>
                        }
                        question={t("admin_pull_sure", { name: model.name, n: model.megabytes })}
                        yes={t("admin_pull")}
                        isDisabled={isPulling}
                        onYes={() => void pull(model)}
                      />
                    )
                  )}
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </Section>
  );
}

function State({ model }: { model: Model }) {
  const { pull } = model;
  return (
    <>
      {model.is_running ? (
        <StateBadge of="quiet" word={t("admin_runs")} />
      ) : (
        <span>{t(model.is_on_disk ? "admin_on_disk" : "admin_not_on_disk")}</span>
      )}
      {model.is_chosen && !model.is_running && <div className="soft">{t("admin_model_chosen")}</div>}
      {model.checked === "sound" && <div className="soft">{t("admin_sound")}</div>}
      {model.checked === "broken" && <div className="verdict over">{t("admin_broken", { why: model.faults.join("; ") })}</div>}
      {pull?.state === "running" && (
        <div className="pull">
          <progress max={model.megabytes * 1e6} value={pull.bytes_here} aria-label={t("admin_pulling", { name: model.name })} />
          <span className="soft">{told(pull.told)}</span>
        </div>
      )}
      {pull?.state === "failed" && <div className="verdict over">{t("admin_pull_failed", { why: told(pull.told) })}</div>}
    </>
  );
}
