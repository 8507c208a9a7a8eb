import { ask } from "../api/client";
import { t, tactic } from "../i18n";
import { useLoaded } from "./load";

interface CardUse {
  tactic: string;
  shown: number;
  used: number;
  pulled: number;
  helped: number;
  waved_away: number;
}

const COLUMNS = ["shown", "used", "pulled", "helped", "waved_away"] as const;

/** How often each card is shown, used and waved away: of the card, and of nobody who has it on the screen. */
export function CardUseTable({ since, until }: { since: string; until: string }) {
  const query = new URLSearchParams({ since, until });
  const { value } = useLoaded(query.toString(), () => ask<CardUse[]>("GET /api/trends/cards", {}, undefined, query));
  if (!value) return null;
  const told = value.filter((one) => COLUMNS.some((column) => one[column]));
  return (
    <section className="well" tabIndex={0} aria-labelledby="card-use">
      <h3 id="card-use">{t("cards_heading")}</h3>
      <p className="soft">{t(told.length ? "cards_what" : "cards_none")}</p>
      {told.length > 0 && (
        <table className="found figures" id="card-use-table">
          <thead>
            <tr>
              <th scope="col">{t("cards_col_card")}</th>
              {COLUMNS.map((column) => (
                <th scope="col" className="end" key={column}>
                  {t(`cards_col_${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {told.map((one) => (
              <tr key={one.tactic}>
                <th scope="row">{tactic(one.tactic)}</th>
                {COLUMNS.map((column) => (
                  <td className="number end" key={column}>
                    {one[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
