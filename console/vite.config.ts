import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { licences } from "./licences";

// The served copy lies inside the Python package, so that a wheel carries it. A console in development talks to a callguard beside it.
const CALLGUARD = process.env.CALLGUARD_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), licences()],
  build: {
    outDir: "../src/callguard/deliver/pages/dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content policy allows no data: addresses
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": CALLGUARD, "/ws": { target: CALLGUARD, ws: true } } },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
