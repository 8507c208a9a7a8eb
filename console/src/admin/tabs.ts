// The tabs of the admin area, each a bundle of its own.

import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { MessageKey } from "../i18n";

export interface Tab {
  id: string;
  name: MessageKey;
  page: LazyExoticComponent<ComponentType>;
}

export const TABS: [Tab, ...Tab[]] = [
  { id: "people", name: "admin_tab_people", page: lazy(() => import("./PeopleTab")) },
  { id: "taps", name: "admin_tab_taps", page: lazy(() => import("./TapsTab")) },
  { id: "engine", name: "admin_tab_engine", page: lazy(() => import("./EngineTab")) },
  { id: "policy", name: "admin_tab_policy", page: lazy(() => import("./PolicyTab")) },
  { id: "models", name: "admin_tab_models", page: lazy(() => import("./ModelsTab")) },
  { id: "records", name: "admin_tab_records", page: lazy(() => import("./RecordsTab")) },
];
