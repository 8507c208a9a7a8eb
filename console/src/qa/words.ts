// Words that several screens of the area use.

import { t } from "../i18n";
import type { Access } from "./types";

export const accessWord = (what: Access["what"]) =>
  t(what === "replay.read" ? "qa_did_read" : what === "recording.hear" ? "qa_did_hear" : "qa_did_correct");
