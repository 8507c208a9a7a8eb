// The tabs of the QA area, each a bundle of its own; the first that a role has is what a link to a call opens.

import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { StaffRole, User } from "../api/types";
import type { MessageKey } from "../i18n";

export interface Tab {
  id: string;
  name: MessageKey;
  roles: StaffRole[];
  page: LazyExoticComponent<ComponentType<{ user: User }>>;
}

export const TABS: Tab[] = [
  { id: "calls", name: "qa_tab_calls", roles: ["qa", "senior"], page: lazy(() => import("./CallsTab")) },
  { id: "review", name: "rv_tab_review", roles: ["qa"], page: lazy(() => import("./ReviewTab")) },
  { id: "tuning", name: "rv_tab_tuning", roles: ["qa"], page: lazy(() => import("./TuningTab")) },
  { id: "access", name: "qa_tab_access", roles: ["qa", "admin"], page: lazy(() => import("./AccessTab")) },
  { id: "trends", name: "rv_tab_trends", roles: ["qa", "senior", "admin"], page: lazy(() => import("./TrendsTab")) },
];
