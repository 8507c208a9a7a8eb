// Sentences for those who listen to the page.

import { useSyncExternalStore } from "react";

let said = { calm: "", urgent: "" };
const listeners = new Set<() => void>();

/** Say something; `isUrgent` interrupts. */
export function tell(sentence: string, isUrgent = false): void {
  // The same sentence once more is read out only if the text changes: one that ends in a space looks and sounds the same.
  if (sentence === (isUrgent ? said.urgent : said.calm)) sentence += "\u00a0";
  said = isUrgent ? { ...said, urgent: sentence } : { ...said, calm: sentence };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The two live regions of a page. */
export function Told() {
  const { calm, urgent } = useSyncExternalStore(subscribe, () => said);
  return (
    <>
      <p className="unseen" role="status" id="tell">
        {calm}
      </p>
      <p className="unseen" role="alert" id="tell-now">
        {urgent}
      </p>
    </>
  );
}
