import { type FormEvent, useEffect, useRef, useState } from "react";
import { ask } from "../api/client";
import type { StaffRole } from "../api/types";
import { dayTime, roleWord, t, tn, wordOf } from "../i18n";
import { told } from "../i18n/told";
import { Button } from "../ui/Button";
import { Complaint } from "../ui/Complaint";
import { useAct, useFresh } from "../ui/fresh";
import { Copy, Section, Stale, Sure, Table } from "./parts";
import type { CoveredTeam, NewPerson, Person, Token } from "./types";

const ROLES: StaffRole[] = ["agent", "senior", "qa", "admin"];
const SCOPES = ["tap", "agent", "senior", "qa", "admin"];
const COVER_MS = 5000;

export default function PeopleTab() {
  const people = useFresh(() => ask<Person[]>("GET /api/users", {}));
  const { why, act } = useAct();
  const [isAdding, setAdding] = useState(false);
  const [changed, setChanged] = useState("");
  const [shown, setShown] = useState<NewPerson | null>(null);
  const teams = [...new Set((people.value ?? []).map((one) => one.team).filter(Boolean))].sort();
  async function change(name: string, body: Partial<Person>, done: string) {
    if (await act(() => ask("PATCH /api/users/{name}", { name }, body), done)) setChanged("");
    await people.again();
  }
  async function make(send: () => Promise<NewPerson>) {
    const isDone = await act(async () => setShown(await send()));
    await people.again();
    return isDone;
  }
  return (
    <>
      <datalist id="teams">
        {teams.map((team) => (
          <option key={team} value={team} />
        ))}
      </datalist>
      <Section
        title={t("admin_people")}
        about={t("admin_people_about")}
        aside={
          !isAdding && (
            <Button size="small" onClick={() => setAdding(true)}>
              {t("admin_add_person")}
            </Button>
          )
        }
      >
        <Stale why={people.why} hasValue={people.value !== null} />
        <Complaint why={why} />
        {shown?.one_time_password && <OneTime person={shown} onDone={() => setShown(null)} />}
        {isAdding && (
          <PersonForm
            send={t("admin_add")}
            onCancel={() => setAdding(false)}
            onSend={async (body) => {
              if (await make(() => ask<NewPerson>("POST /api/users", {}, body))) setAdding(false);
            }}
          />
        )}
        {people.value && (
          <Table label={t("admin_people")} heads={[t("admin_name"), t("admin_role"), t("admin_team"), t("admin_state"), ""]}>
            {people.value.map((one) =>
              changed === one.name ? (
                <tr key={one.name}>
                  <td colSpan={5}>
                    <PersonForm
                      person={one}
                      send={t("save")}
                      onCancel={() => setChanged("")}
                      onSend={({ display_name, role, team }) =>
                        change(one.name, { display_name, role, team }, t("admin_changed", { name: one.name }))
                      }
                    />
                  </td>
                </tr>
              ) : (
                <tr key={one.name} className={one.is_disabled ? "off" : ""}>
                  <th scope="row">
                    {one.display_name} <span className="soft">{one.name}</span>
                  </th>
                  <td>{roleWord(one.role)}</td>
                  <td>{one.team || "–"}</td>
                  <td>
                    {one.is_disabled
                      ? t("admin_disabled")
                      : one.one_time_until
                        ? t("admin_one_time_until", { when: dayTime(one.one_time_until) })
                        : t("admin_active")}
                  </td>
                  <td>
                    <div className="acts">
                      <Button size="small" onClick={() => setChanged(one.name)}>
                        {t("admin_change")} <span className="unseen">{one.name}</span>
                      </Button>
                      <Sure
                        word={
                          <>
                            {t("admin_reset")} <span className="unseen">{one.name}</span>
                          </>
                        }
                        question={t("admin_reset_sure", { name: one.name })}
                        yes={t("admin_reset")}
                        onYes={() => void make(() => ask<NewPerson>("POST /api/users/{name}/reset", { name: one.name }))}
                      />
                      {one.is_disabled ? (
                        <Button
                          size="small"
                          onClick={() => void change(one.name, { is_disabled: false }, t("admin_changed", { name: one.name }))}
                        >
                          {t("admin_enable")} <span className="unseen">{one.name}</span>
                        </Button>
                      ) : (
                        <Sure
                          word={
                            <>
                              {t("admin_disable")} <span className="unseen">{one.name}</span>
                            </>
                          }
                          question={t("admin_disable_sure", { name: one.name })}
                          yes={t("admin_disable")}
                          onYes={() => void change(one.name, { is_disabled: true }, t("admin_changed", { name: one.name }))}
                        />
                      )}
                    </div>
                  </td>
                </tr>
              ),
            )}
          </Table>
        )}
      </Section>
      <Cover />
      <Tokens />
    </>
  );
}

function OneTime({ person, onDone }: { person: NewPerson; onDone: () => void }) {
  return (
    <div className="well note" role="status">
      <h3>{t("admin_one_time_title", { name: person.name })}</h3>
      <p>{t("admin_one_time_about", { when: person.one_time_until ? dayTime(person.one_time_until) : "" })}</p>
      <Copy text={person.one_time_password} label={t("admin_one_time")} isSecret />
      <Button size="small" look="plain" onClick={onDone}>
        {t("admin_one_time_done")}
      </Button>
    </div>
  );
}

interface Body {
  name: string;
  display_name: string;
  role: StaffRole;
  team: string;
}

function PersonForm({
  person,
  send,
  onSend,
  onCancel,
}: {
  person?: Person;
  send: string;
  onSend: (body: Body) => Promise<unknown>;
  onCancel: () => void;
}) {
  const [body, setBody] = useState<Body>({
    name: person?.name ?? "",
    display_name: person?.display_name ?? "",
    role: person?.role ?? "agent",
    team: person?.team ?? "",
  });
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const put = (part: Partial<Body>) => setBody((was) => ({ ...was, ...part }));
  function submit(event: FormEvent) {
    event.preventDefault();
    void onSend(body);
  }
  return (
    <form ref={form} className="well fields" onSubmit={submit} aria-label={person ? t("admin_change") : t("admin_add_person")}>
      {!person && (
        <label>
          {t("login_name")}
          <input value={body.name} onChange={(event) => put({ name: event.target.value })} required autoCapitalize="none" />
        </label>
      )}
      <label>
        {t("admin_display_name")}
        <input value={body.display_name} onChange={(event) => put({ display_name: event.target.value })} required={!!person} />
      </label>
      <label>
        {t("admin_role")}
        <select value={body.role} onChange={(event) => put({ role: event.target.value as StaffRole })}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {roleWord(role)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("admin_team")}
        <input value={body.team} onChange={(event) => put({ team: event.target.value })} list="teams" />
      </label>
      <div className="acts">
        <Button type="submit">{send}</Button>
        <Button look="plain" onClick={onCancel}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

function Cover() {
  const cover = useFresh(() => ask<CoveredTeam[]>("GET /api/cover", {}), COVER_MS);
  return (
    <Section title={t("admin_cover")} about={t("admin_cover_about")}>
      <Stale why={cover.why} hasValue={cover.value !== null} />
      {cover.value?.length === 0 && <p className="soft">{t("admin_no_teams")}</p>}
      <div className="grid">
        {cover.value?.map((team) => (
          <article className="well" key={team.team}>
            <h3>{team.team || t("admin_no_team")}</h3>
            <p className="soft">{tn("admin_agents", team.agents)}</p>
            <ol className="tiers">
              {team.tiers.map((tier) => {
                const here = tier.people.filter((one) => one.is_here);
                return (
                  <li key={tier.tier}>
                    <strong>
                      {tier.tier}. {told(tier.name)}
                    </strong>
                    <span>
                      {here.length
                        ? t("admin_here", { names: here.map((one) => one.display_name).join(", ") })
                        : tier.people.length
                          ? t("admin_nobody_here")
                          : t("admin_nobody_at_all")}
                    </span>
                    {tier.people.length > here.length && (
                      <span className="soft">
                        {t("admin_away", {
                          names: tier.people
                            .filter((one) => !one.is_here)
                            .map((one) => one.display_name)
                            .join(", "),
                        })}
                      </span>
                    )}
                  </li>
                );
              })}
            </ol>
          </article>
        ))}
      </div>
    </Section>
  );
}

function Tokens() {
  const tokens = useFresh(() => ask<Token[]>("GET /api/tokens", {}));
  const { why, act } = useAct();
  const [name, setName] = useState("");
  const [scope, setScope] = useState("tap");
  const [made, setMade] = useState("");
  async function make(event: FormEvent) {
    event.preventDefault();
    await act(async () => {
      setMade((await ask<{ token: string }>("POST /api/tokens", {}, { name, scope })).token);
      setName("");
    });
    await tokens.again();
  }
  async function end(one: string) {
    await act(() => ask("DELETE /api/tokens/{name}", { name: one }), t("admin_token_ended", { name: one }));
    await tokens.again();
  }
  return (
    <Section title={t("admin_tokens")} about={t("admin_tokens_about")}>
      <Stale why={tokens.why} hasValue={tokens.value !== null} />
      <Complaint why={why} />
      {made && (
        <div className="well note" role="status">
          <p>{t("admin_token_once")}</p>
          <Copy text={made} label={t("admin_token")} isSecret />
        </div>
      )}
      <form className="well fields" onSubmit={make} aria-label={t("admin_make_token")}>
        <label>
          {t("admin_token_name")}
          <input value={name} onChange={(event) => setName(event.target.value)} required autoCapitalize="none" />
        </label>
        <label>
          {t("admin_scope")}
          <select value={scope} onChange={(event) => setScope(event.target.value)}>
            {SCOPES.map((one) => (
              <option key={one} value={one}>
                {wordOf("admin_scope", one)}
              </option>
            ))}
          </select>
        </label>
        <div className="acts">
          <Button type="submit">{t("admin_make_token")}</Button>
        </div>
      </form>
      {tokens.value && tokens.value.length > 0 && (
        <Table label={t("admin_tokens")} heads={[t("admin_token_name"), t("admin_scope"), ""]}>
          {tokens.value.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td>{wordOf("admin_scope", one.scope)}</td>
              <td>
                <Sure
                  word={
                    <>
                      {t("admin_revoke")} <span className="unseen">{one.name}</span>
                    </>
                  }
                  question={t("admin_revoke_sure", { name: one.name })}
                  yes={t("admin_revoke")}
                  onYes={() => void end(one.name)}
                />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}
