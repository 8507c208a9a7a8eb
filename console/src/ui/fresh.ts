// What a page shows is asked for again and again; what was there stays while it cannot be had.

import { useCallback, useEffect, useRef, useState } from "react";
import { sentence } from "../api/client";
import { t } from "../i18n";
import { tell } from "./tell";

export interface Fresh<Value> {
  value: Value | null;
  /** Why the newest could not be had; empty when it was. */
  why: string;
  again: () => Promise<void>;
  set: (value: Value) => void;
}

/** Load at once and every `everyMs` while the page is looked at; 0 is once. Answers that come late are left out. */
export function useFresh<Value>(load: () => Promise<Value>, everyMs = 0, key = ""): Fresh<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [why, setWhy] = useState("");
  const newest = useRef(0);
  const again = useCallback(async () => {
    newest.current += 1;
    const mine = newest.current;
    try {
      const got = await load();
      if (mine === newest.current) {
        setValue(got);
        setWhy("");
      }
    } catch (error) {
      if (mine === newest.current) setWhy(sentence(error));
    }
  }, [key]);
  useEffect(() => {
    void again();
    if (!everyMs) return;
    const timer = setInterval(() => document.hidden || void again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value, why, again, set: setValue };
}

/** Carry something out and say `done`; true if it was done. */
export type Act = (send: () => Promise<unknown>, done?: string) => Promise<boolean>;

/** Carry something out, say how it went, and keep why it did not. */
export function useAct(): { why: string; isBusy: boolean; act: Act } {
  const [why, setWhy] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function act(send: () => Promise<unknown>, done = "") {
    setBusy(true);
    setWhy("");
    try {
      await send();
      if (done) tell(done);
      return true;
    } catch (error) {
      setWhy(t("not_done", { why: sentence(error) }));
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { why, isBusy, act };
}
