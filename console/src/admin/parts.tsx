// What the tabs are made of: sections, tables, facts, texts to copy, and questions before something that is not easily undone.

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { tell } from "../ui/tell";

export function Section({
  title,
  about,
  aside,
  children,
}: {
  title: string;
  about?: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="part" aria-labelledby={id}>
      <div className="head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {about && <p className="soft about">{about}</p>}
      {children}
    </section>
  );
}

/** Why what is shown may be old. */
export const Stale = ({ why, hasValue }: { why: string; hasValue: boolean }) =>
  why ? (
    <p className="complaint" role="status">
      {t(hasValue ? "admin_stale" : "admin_not_loaded", { why })}
    </p>
  ) : null;

/** A table that can be scrolled by keyboard where it is wider than the page. */
export function Table({ label, heads, children }: { label: string; heads: string[]; children: ReactNode }) {
  return (
    <section className="well scroll" aria-label={t("admin_table", { label })} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head, place) => (
              <th key={`${head}${place}`} scope="col">
                {head || <span className="unseen">{t("admin_acts")}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A button that asks before it acts. */
export function Sure({
  word,
  question,
  yes,
  isDisabled = false,
  onYes,
}: {
  word: ReactNode;
  question: string;
  yes: string;
  isDisabled?: boolean;
  onYes: () => void;
}) {
  const [isAsking, setAsking] = useState(false);
  const answer = useRef<HTMLFieldSetElement>(null);
  const button = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (isAsking) answer.current?.querySelector("button")?.focus();
  }, [isAsking]);
  function leave() {
    setAsking(false);
    requestAnimationFrame(() => button.current?.querySelector("button")?.focus());
  }
  if (!isAsking)
    return (
      <span ref={button}>
        <Button size="small" disabled={isDisabled} onClick={() => setAsking(true)}>
          {word}
        </Button>
      </span>
    );
  return (
    <fieldset className="sure" ref={answer} onKeyDown={(event) => event.key === "Escape" && leave()}>
      <legend>{question}</legend>
      <Button
        size="small"
        onClick={() => {
          leave();
          onYes();
        }}
      >
        {yes}
      </Button>
      <Button size="small" look="plain" onClick={leave}>
        {t("cancel")}
      </Button>
    </fieldset>
  );
}

/** A text that somebody takes elsewhere. */
export function Copy({ text, label, isSecret = false }: { text: string; label: string; isSecret?: boolean }) {
  const [isCopied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        tell(t("admin_copied"));
      },
      () => tell(t("admin_not_copied"), true),
    );
  }
  return (
    <div className={isSecret ? "copy secret" : "copy"}>
      <section className="text" aria-label={label} tabIndex={0}>
        <pre>{text}</pre>
      </section>
      <Button size="small" onClick={() => void copy()}>
        {t(isCopied ? "admin_copied" : "admin_copy")} <span className="unseen">{label}</span>
      </Button>
    </div>
  );
}
