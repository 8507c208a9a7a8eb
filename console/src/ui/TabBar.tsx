import type { User } from "../api/types";
import { t } from "../i18n";
import { Menu } from "./Menu";
import { follow } from "./place";

export interface TabLink {
  href: string;
  word: string;
  /** `page` is shown now; `true` is where what is shown now belongs. */
  current: "page" | "true" | undefined;
}

interface Props {
  /** The area whose tabs these are. */
  area: string;
  links: TabLink[];
  hasBoard?: boolean;
  user: User;
  about: string;
  keys?: boolean;
}

/** The bar of an area with tabs. */
export function TabBar({ area, links, hasBoard = true, user, about, keys = false }: Props) {
  return (
    <header className="bar">
      <div className="brand">
        <img src="/icon.svg" alt="" />
        <h1>callguard</h1>
      </div>
      <nav aria-label={area}>
        <ul className="tabs">
          {links.map(({ href, word, current }) => (
            <li key={href}>
              <a href={href} onClick={follow} aria-current={current}>
                {word}
              </a>
            </li>
          ))}
          {hasBoard && user.role !== "admin" && (
            <li>
              <a href="/board">{t("area_board")}</a>
            </li>
          )}
        </ul>
      </nav>
      <Menu user={user} label={user.display_name || user.name} about={[about]} keys={keys} />
    </header>
  );
}
