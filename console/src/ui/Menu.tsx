import { type ReactNode, useEffect, useRef } from "react";
import { logOut } from "../api/session";
import type { User } from "../api/types";
import { AREAS } from "../areas";
import { chooseLanguage, LANGUAGES, language, roleWord, t } from "../i18n";
import { type Choice, chooseNotify, keysChoice, notifyChoice, soundChoice, themeChoice, useChoice } from "../signals";

/** What belongs to the reader: choices, who they are, log-out. `label` says how callguard stands. */
export function Menu({
  user,
  label,
  about,
  keys = false,
  children,
}: {
  user: User;
  label: ReactNode;
  about: string[];
  keys?: boolean;
  children?: ReactNode;
}) {
  const others = AREAS.filter((area) => area.roles.includes(user.role) && area.path !== location.pathname);
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const isElsewhere = event instanceof KeyboardEvent ? event.key === "Escape" : !menu.current?.contains(event.target as Node);
      if (isElsewhere && menu.current) menu.current.open = false;
    };
    document.addEventListener("keydown", close);
    document.addEventListener("click", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("click", close);
    };
  }, []);
  return (
    <details className="menu push" ref={menu} id="guard">
      <summary>
        {label}
        <span className="unseen">{t("menu")}</span>
      </summary>
      <div className="sheet">
        {about.filter(Boolean).map((one, place) => (
          <p key={one} className={place ? "soft" : ""} id={place ? "guard-engine" : "guard-why"}>
            {one}
          </p>
        ))}
        {others.length > 0 && (
          <nav aria-label={t("menu_areas")}>
            <ul className="areas">
              {others.map((area) => (
                <li key={area.path}>
                  <a href={area.path}>{t(area.name)}</a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {children}
        {keys && <Check of={keysChoice} word={t("choice_keys")} id="keys" />}
        {user.role !== "admin" && ( // admins are told of no call
          <>
            <Check of={soundChoice} word={t(user.role === "agent" ? "choice_sound_agent" : "choice_sound_board")} id="sound" />
            <Check of={notifyChoice} word={t("choice_notify")} id="notify" onChange={chooseNotify} />
          </>
        )}
        <Pick word={t("choice_theme")} value={useChoice(themeChoice)} onPick={themeChoice.set} id="theme">
          <option value="system">{t("theme_system")}</option>
          <option value="light">{t("theme_light")}</option>
          <option value="dark">{t("theme_dark")}</option>
        </Pick>
        <Pick word={t("choice_language")} value={language} onPick={chooseLanguage} id="language">
          {Object.entries(LANGUAGES).map(([tag, { name }]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </Pick>
        <p className="soft">{t("logged_in_as", { name: user.display_name || user.name, role: roleWord(user.role) })}</p>
        <button type="button" className="button small" id="logout" onClick={() => void logOut()}>
          {t("log_out")}
        </button>
      </div>
    </details>
  );
}

interface CheckProps {
  of: Choice;
  word: string;
  id: string;
  onChange?: (isOn: boolean) => void;
}

function Check({ of, word, id, onChange }: CheckProps) {
  const isOn = useChoice(of) === "yes";
  const change = onChange ?? ((now: boolean) => of.set(now ? "yes" : "no"));
  return (
    <label className="check">
      <input type="checkbox" id={id} checked={isOn} onChange={(event) => change(event.target.checked)} />
      <span>{word}</span>
    </label>
  );
}

interface PickProps {
  word: string;
  value: string;
  id: string;
  onPick: (value: string) => void;
  children: ReactNode;
}

function Pick({ word, value, id, onPick, children }: PickProps) {
  return (
    <label className="pick">
      <span>{word}</span>
      <select id={id} value={value} onChange={(event) => onPick(event.target.value)}>
        {children}
      </select>
    </label>
  );
}
