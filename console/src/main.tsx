import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { AREAS } from "./areas";
import { language, t } from "./i18n";
import { applyTheme } from "./signals";
import "@fontsource-variable/inter/wght.css";
import "./ui/style.css";

const Login = lazy(() => import("./login/Login"));
const Area = AREAS.find((one) => one.path === location.pathname)?.page ?? Login;

document.documentElement.lang = language;
applyTheme();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Suspense fallback={<p className="loading">{t("loading")}</p>}>
      <Area />
    </Suspense>
  </StrictMode>,
);
