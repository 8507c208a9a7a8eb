// What the policy lets people choose; the server refuses anything else.

import { useEffect, useState } from "react";
import { ask, sentence } from "./client";

export interface PolicyChoices {
  support: string[];
  restriction_kinds: string[];
  longest_days: number;
  review_after_days: number;
  needs_consultation: boolean;
}

export interface FoundChoices {
  choices: PolicyChoices | null;
  /** Why they cannot be had; empty while all is well. */
  why: string;
}

/** The policy's choices, read anew whenever a form opens: an admin may have switched the policy. */
export function usePolicyChoices(): FoundChoices {
  const [found, setFound] = useState<FoundChoices>({ choices: null, why: "" });
  useEffect(() => {
    ask<PolicyChoices>("GET /api/policy/choices", {}).then(
      (choices) => setFound({ choices, why: "" }),
      (error) => setFound({ choices: null, why: sentence(error) }),
    );
  }, []);
  return found;
}
