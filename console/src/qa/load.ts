// What a screen loads: waiting, there, or why not.

import { useEffect, useState } from "react";
import { ApiError, sentence } from "../api/client";

export interface Loaded<Value> {
  value: Value | null;
  /** Why it could not be had; empty while it loads and when it is there. */
  error: string;
  status: number;
  isLoading: boolean;
  again: () => void;
}

/** Load anew whenever `key` changes; what was there stays until the new is. */
export function useLoaded<Value>(key: string, load: () => Promise<Value>): Loaded<Value> {
  const [state, setState] = useState<{ value: Value | null; error: string; status: number; isLoading: boolean }>({
    value: null,
    error: "",
    status: 0,
    isLoading: true,
  });
  const [count, setCount] = useState(0);
  useEffect(() => {
    let isGone = false;
    setState((was) => ({ ...was, error: "", isLoading: true }));
    load().then(
      (value) => !isGone && setState({ value, error: "", status: 200, isLoading: false }),
      (error) =>
        !isGone &&
        setState({
          value: null,
          error: sentence(error),
          status: error instanceof ApiError ? error.status : 0,
          isLoading: false,
        }),
    );
    return () => {
      isGone = true;
    };
  }, [key, count]);
  return { ...state, again: () => setCount((n) => n + 1) };
}
