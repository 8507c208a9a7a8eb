// The REST API, with its errors as sentences. A path is written with its method, so that a test can compare it with /api/openapi.json.

import { told } from "../i18n/told";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Route = `${Method} /api/${string}`;
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Places<Path extends string> = Record<Names<Path>, string>;

/** Ask callguard: `ask("POST /api/calls/{call_id}/help", { call_id })`. Raises ApiError with a sentence for people. */
export async function ask<Answer = unknown, Path extends Route = Route>(
  route: Path,
  places: Places<Path>,
  body?: unknown,
  query: Record<string, string> | URLSearchParams = {},
): Promise<Answer> {
  const [method, template] = route.split(" ") as [Method, string];
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((places as Record<string, string>)[name] ?? ""),
  );
  const search = new URLSearchParams(query).toString();
  return send<Answer>(method, search ? `${path}?${search}` : path, body);
}

/** Acts on their way. A button that is pressed twice waits for the first answer: nothing is done or written down twice. */
const underWay = new Map<string, Promise<unknown>>();

function send<Answer>(method: Method, path: string, body: unknown): Promise<Answer> {
  if (method === "GET") return carry<Answer>(method, path, body);
  const key = `${method} ${path} ${JSON.stringify(body)}`;
  const sent = underWay.get(key) ?? carry<Answer>(method, path, body).finally(() => underWay.delete(key));
  underWay.set(key, sent);
  return sent as Promise<Answer>;
}

async function carry<Answer>(method: Method, path: string, body: unknown): Promise<Answer> {
  let answer: Response;
  try {
    answer = await fetch(
      path,
      body === undefined ? { method } : { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
    );
  } catch {
    throw new ApiError(0, "offline", "callguard cannot be reached; check the network");
  }
  const told = (await answer.json().catch(() => ({}))) as { code?: string; message?: string };
  if (!answer.ok) throw new ApiError(answer.status, told.code ?? "failed", told.message ?? `callguard answered ${answer.status}`);
  return told as Answer;
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Try until callguard can be reached: for acts that must get through. Other errors are thrown. */
export async function inTheEnd<Answer>(act: () => Promise<Answer>, onWait: () => void): Promise<Answer> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "offline") throw error;
      onWait();
      await pause(1000);
    }
  }
}

/** What went wrong, as a sentence without its full stop. */
export const sentence = (error: unknown) => told(error instanceof Error ? error.message : String(error));
