// Sentences for those who listen to the page.

import { useSyncExternalStore } from "react";

let said = { calm: "", urgent: "" };
const listeners = new Set<() => void>();

/** Say something; `isUrgent` interrupts. */
export function tell(sentence: string, isUrgent = false): void {
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
