// A page that lives: who is logged in, the state of things, then the line. What fails on the way is said and tried again.

import { type ReactNode, useEffect, useState } from "react";
import { ApiError, pause, sentence } from "../api/client";
import { me } from "../api/session";
import type { User } from "../api/types";
import { t } from "../i18n";
import type { Connection, Page } from "../line/connection";
import { Empty } from "./Empty";

const LONGEST_WAIT_MS = 8000;

export interface Desk extends Page {
  connection: Connection;
}

/** Make the desk once and open it; until then, or if there is no such thing, show why. `missing` is for a 404. */
export function Opened<Kind extends Desk>({
  make,
  missing,
  children,
}: {
  make: (user: User) => Kind;
  missing: ReactNode;
  children: (desk: Kind) => ReactNode;
}) {
  const [desk, setDesk] = useState<Kind | null>(null);
  const [why, setWhy] = useState<ReactNode>(<p className="loading">{t("loading")}</p>);
  useEffect(() => {
    let isGone = false;
    async function open() {
      const opened = make(await me());
      for (let wait = 500; !isGone; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
        try {
          const seq = await opened.load();
          if (isGone) return;
          opened.connection.open(seq);
          setDesk(opened);
          return;
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) {
            setWhy(missing);
            return;
          }
          if (error instanceof ApiError && error.status === 403) {
            setWhy(
              <Empty heading={t("not_for_you")}>
                <p>{sentence(error)}.</p>
              </Empty>,
            );
            return;
          }
          setWhy(
            <Empty of="not_guarded" heading={t("not_connected")}>
              <p role="status">{t("trying_again", { why: sentence(error) })}</p>
            </Empty>,
          );
          await pause(wait);
        }
      }
    }
    void open();
    return () => {
      isGone = true;
    };
  }, []);
  return desk ? children(desk) : <main className="waiting">{why}</main>;
}
