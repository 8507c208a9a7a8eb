import { type FormEvent, useEffect, useRef, useState } from "react";
import { ask, sentence } from "../api/client";
import type { User } from "../api/types";
import { AREAS, homeOf } from "../areas";
import { t } from "../i18n";
import "./login.css";

/** Where to go after logging in: back to the page that asked, if it is one of ours. */
function go(user: User): void {
  const then = new URLSearchParams(location.search).get("then") ?? "";
  const isOurs = AREAS.some((area) => then === area.path || then.startsWith(`${area.path}?`));
  location.replace(isOurs ? then : homeOf(user.role));
}

export default function Login() {
  const [complaint, setComplaint] = useState("");
  const [isBusy, setBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = `${t("login_title")} · callguard`;
    ask<User>("GET /api/me", {}).then(go, () => name.current?.focus());
  }, []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      go(await ask<User>("POST /api/login", {}, { name: name.current?.value.trim(), password: password.current?.value }));
    } catch (error) {
      const why = sentence(error);
      setComplaint(`${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
      password.current?.select();
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="door">
      <main>
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <span>callguard</span>
        </div>
        <div>
          <h1>{t("login_title")}</h1>
          <p className="soft">{t("login_intro")}</p>
        </div>
        <form id="login" noValidate onSubmit={submit}>
          {complaint && (
            <p className="complaint" role="alert" id="complaint">
              {complaint}
            </p>
          )}
          <label>
            {t("login_name")}
            <input
              id="name"
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              ref={name}
            />
          </label>
          <label>
            {t("login_password")}
            <input id="password" name="password" type="password" autoComplete="current-password" required ref={password} />
          </label>
          <button className="button act" type="submit" disabled={isBusy}>
            {t("login_button")}
          </button>
        </form>
      </main>
    </div>
  );
}
