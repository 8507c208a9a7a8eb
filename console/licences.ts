// The licences of what is built into the console ask that their texts go with it: collected from the packages that the build really took.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const FILE = "licences.txt";
const RULE = `\n\n${"-".repeat(78)}\n\n`;

/** The folder of the package that a module comes from; null for our own. */
function folderOf(id: string): string | null {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/"))?.[1] ?? null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (texts.length === 0) throw new Error(`${name} has no file with its licence; it cannot be part of the console like this`);
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}

/** Write `licences.txt` beside the pages. */
export function licences(): Plugin {
  return {
    name: "callguard-licences",
    apply: "build",
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].map(folderOf).filter((folder) => folder !== null));
      const texts = [...folders].map(licenceOf).sort();
      const source = `callguard's pages are under the Apache License 2.0. They contain the following, each under its own licence.${RULE}${texts.join(RULE)}\n`;
      this.emitFile({ type: "asset", fileName: FILE, source });
    },
  };
}
