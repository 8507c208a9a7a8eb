// Who is logged in.

import { ApiError, ask, pause } from "./client";
import type { User } from "./types";

/** Who is logged in; goes to the log-in page if nobody is. */
export async function me(): Promise<User> {
  for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
    try {
      return await ask<User>("GET /api/me", {});
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return toLogin();
      await pause(wait);
    }
  }
}

export function toLogin(): Promise<never> {
  location.assign(`/?then=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {}); // the page is going away
}

export async function logOut(): Promise<void> {
  await ask("POST /api/logout", {}).catch(() => undefined);
  location.assign("/");
}
