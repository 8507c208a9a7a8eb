import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError, ask, sentence } from "../api/client";
import type { User } from "../api/types";
import { AREAS, homeOf } from "../areas";
import { t } from "../i18n";
import { Complaint } from "../ui/Complaint";
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
  const [isChoosing, setChoosing] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const own = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = `${t("login_title")} · callguard`;
    // At once, and not when the answer comes: who types by then would have the rest of a password in the field for the name.
    if (document.activeElement === document.body) name.current?.focus();
    ask<User>("GET /api/me", {}).then(go, () => undefined);
  }, []);

  useEffect(() => {
    if (isChoosing) own.current?.focus();
  }, [isChoosing]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isChoosing && own.current?.value !== again.current?.value) {
      setComplaint(t("login_not_same"));
      again.current?.select();
      return;
    }
    setBusy(true);
    try {
      const known = { name: name.current?.value.trim(), password: password.current?.value };
      go(await ask<User>("POST /api/login", {}, { ...known, new_password: own.current?.value ?? "" }));
    } catch (error) {
      if (error instanceof ApiError && error.code === "choose_password") {
        setComplaint("");
        setChoosing(true);
        return;
      }
      const why = sentence(error);
      setComplaint(`${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
      (own.current ?? password.current)?.select();
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
          <h1>{t(isChoosing ? "login_choose_title" : "login_title")}</h1>
          <p className="soft">{t(isChoosing ? "login_choose_intro" : "login_intro")}</p>
        </div>
        <form id="login" noValidate onSubmit={submit}>
          <Complaint why={complaint} id="complaint" />
          <label hidden={isChoosing}>
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
          <label hidden={isChoosing}>
            {t("login_password")}
            <input id="password" name="password" type="password" autoComplete="current-password" required ref={password} />
          </label>
          {isChoosing && (
            <>
              <label>
                {t("login_new_password")}
                <input id="own" name="new-password" type="password" autoComplete="new-password" required ref={own} />
              </label>
              <label>
                {t("login_new_again")}
                <input id="again" name="new-password-again" type="password" autoComplete="new-password" required ref={again} />
              </label>
            </>
          )}
          <button className="button act" type="submit" disabled={isBusy}>
            {t(isChoosing ? "login_choose_button" : "login_button")}
          </button>
        </form>
        <a className="soft" href="/licences.txt">
          {t("login_licences")}
        </a>
      </main>
    </div>
  );
}
