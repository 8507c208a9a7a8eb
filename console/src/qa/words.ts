// Words that several screens of the area use.

import { t } from "../i18n";
import type { Access } from "./types";

const DID = {
  "replay.read": "qa_did_read",
  "recording.hear": "qa_did_hear",
  "words.correct": "qa_did_correct",
  "calls.export": "qa_did_export",
  "calls.search": "qa_did_search",
} as const;

export const accessWord = (what: Access["what"]) => t(DID[what]);
