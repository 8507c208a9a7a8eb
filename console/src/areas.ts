// The areas of the console: one code bundle each, loaded when it is opened.

import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { StaffRole } from "./api/types";
import type { MessageKey } from "./i18n";

export interface Area {
  path: string;
  name: MessageKey;
  /** Who finds it in the list of areas. */
  roles: StaffRole[];
  page: LazyExoticComponent<ComponentType>;
}

export const AREAS: Area[] = [
  { path: "/agent", name: "area_agent", roles: ["agent"], page: lazy(() => import("./agent/AgentPage")) },
  { path: "/board", name: "area_board", roles: ["senior", "qa"], page: lazy(() => import("./board/BoardPage")) },
  {
    path: "/incidents",
    name: "area_incidents",
    roles: ["senior", "qa", "admin"],
    page: lazy(() => import("./incident/IncidentPage")),
  },
  {
    path: "/callers",
    name: "area_callers",
    roles: ["senior", "admin"],
    page: lazy(() => import("./caller/CallersPage")),
  },
  { path: "/qa", name: "area_qa", roles: ["qa", "senior", "admin"], page: lazy(() => import("./qa/QaPage")) },
  { path: "/admin", name: "area_admin", roles: ["admin"], page: lazy(() => import("./admin/AdminPage")) },
];

const HOMES: Partial<Record<StaffRole, string>> = { agent: "/agent", admin: "/admin" };
export const homeOf = (role: StaffRole) => HOMES[role] ?? "/board";
