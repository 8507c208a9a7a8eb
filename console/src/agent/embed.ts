// What the panel tells the page that shows it in a frame: that a call began, how it stands, that it is over. Never words, never figures.

export interface Told {
  source: "callguard";
  type: "call";
  call_id: string;
  /** Empty once the call is over. */
  state: string;
}

/** The origin of the page around the panel. Only those that `http.embed_origins` names can be there: the browser refuses all others. */
function around(): string {
  if (parent === window) return "";
  const named = location.ancestorOrigins?.[0];
  if (named) return named;
  return document.referrer ? new URL(document.referrer).origin : "";
}

let last = "";

/** Tell the page around the panel; the same thing is not said twice. */
export function tellAround(callId: string, state: string): void {
  const origin = around();
  const now = `${callId} ${state}`;
  if (!origin || !callId || now === last) return;
  last = now;
  const told: Told = { source: "callguard", type: "call", call_id: callId, state };
  parent.postMessage(told, origin);
}
