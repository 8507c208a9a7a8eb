// Build the console, then pack every file once, so that serving costs no processor time: `name.br` and `name.gz` beside `name`.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

await build({ logLevel: "warn" });
const FOLDER = fileURLToPath(new URL("../src/callguard/deliver/pages/dist/", import.meta.url));
const PACKED = /\.(js|css|html|svg|json|txt)$/; // fonts are packed already

for (const entry of await readdir(FOLDER, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !PACKED.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const plain = await readFile(path);
  await writeFile(`${path}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  await writeFile(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
