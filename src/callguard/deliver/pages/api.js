// The REST API, with its errors as sentences.

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "offline", "callguard cannot be reached; check the network");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, told.code ?? "failed", told.message ?? `callguard answered ${answer.status}`);
  return told;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const callPath = (callId, what) => `/api/calls/${encodeURIComponent(callId)}/${what}`;

/** Try until callguard can be reached: for acts that must get through. Other errors are thrown. */
export async function postInTheEnd(path, body, onWait) {
  for (;;) {
    try {
      return await post(path, body);
    } catch (error) {
      if (error.code !== "offline") throw error;
      onWait(error);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

/** Who is logged in; goes to the log-in page if nobody is. */
export async function me() {
  for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
    try {
      return await get("/api/me");
    } catch (error) {
      if (error.status === 401) return toLogin();
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

export function toLogin() {
  location.assign(`/?then=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {}); // the page is going away
}
