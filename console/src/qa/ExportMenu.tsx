// What was found, as a file. The file is fetched rather than linked, so that a refusal is a sentence and not a page.

import { useEffect, useRef, useState } from "react";
import { ApiError, sentence } from "../api/client";
import { t, tn } from "../i18n";
import { tell } from "../ui/tell";

/** The forms, and how many calls a file of each holds (docs/replay.md). */
const FORMS = [
  { form: "csv", most: 10_000 },
  { form: "json", most: 1_000 },
  { form: "vcon", most: 1_000 },
  { form: "pdf", most: 50 },
] as const;
type Form = (typeof FORMS)[number]["form"];

export function ExportMenu({ params, total }: { params: URLSearchParams; total: number }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    const close = (event: Event) => {
      const own = menu.current;
      if (!own?.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        if (own.contains(document.activeElement)) own.querySelector("summary")?.focus();
      } else if (own.contains(event.target as Node)) return;
      own.open = false;
    };
    document.addEventListener("keydown", close);
    document.addEventListener("click", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("click", close);
    };
  }, []);
  async function take(form: Form) {
    if (menu.current) menu.current.open = false;
    menu.current?.querySelector("summary")?.focus();
    setBusy(true);
    setFailed("");
    tell(t("ex_busy"));
    try {
      const name = await download(form, params);
      tell(t("ex_done", { name }));
    } catch (error) {
      setFailed(t("ex_failed", { why: sentence(error) }));
    }
    setBusy(false);
  }
  return (
    <div className="export">
      {busy && <span className="soft">{t("ex_busy")}</span>}
      <p className="complaint" role="alert">
        {failed}
      </p>
      <details className="menu" ref={menu}>
        <summary className="button small">{t("ex_title")}</summary>
        <div className="sheet">
          <p className="soft">{tn("ex_about", total)}</p>
          <ul>
            {FORMS.map(({ form, most }) => (
              <li key={form}>
                <button type="button" disabled={busy || total > most} onClick={() => void take(form)}>
                  <span>{t(`ex_${form}`)}</span>
                  <span className="soft">{total > most ? t("ex_too_many", { n: most }) : t(`ex_${form}_about`)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </details>
    </div>
  );
}

/** Save a file and return its name. Raises ApiError with a sentence for people. */
async function download(form: Form, params: URLSearchParams): Promise<string> {
  const answer = await fetch(`/api/search/export.${form}?${params}`).catch(() => {
    throw new ApiError(0, "offline", "callguard cannot be reached; check the network");
  });
  if (!answer.ok) {
    const told = (await answer.json().catch(() => ({}))) as { code?: string; message?: string };
    throw new ApiError(answer.status, told.code ?? "failed", told.message ?? `callguard answered ${answer.status}`);
  }
  const content = await answer.blob().catch(() => {
    throw new ApiError(0, "broken", t("ex_broken"));
  });
  const name = answer.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1] ?? `calls.${form}`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return name;
}
