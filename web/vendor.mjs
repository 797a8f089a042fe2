// Copies what browsers load from node_modules to vendor/, with the checksum of every file: `npm ci && node vendor.mjs`.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FLUENT = ["ast", "builtins", "bundle", "index", "memoizer", "resolver", "resource", "scope", "types"];

/** @type {[folder: string, npmPackage: string, files: Record<string, string>][]} */
const VENDORED = [
  ["preact", "preact", { "preact.mjs": "dist/preact.mjs", "hooks.mjs": "hooks/dist/hooks.mjs", LICENSE: "LICENSE" }],
  ["htm", "htm", { "htm.mjs": "dist/htm.mjs", LICENSE: "LICENSE" }],
  ["signals", "@preact/signals", { "signals.mjs": "dist/signals.mjs", LICENSE: "LICENSE" }],
  ["signals-core", "@preact/signals-core", { "signals-core.mjs": "dist/signals-core.mjs", LICENSE: "LICENSE" }],
  ["socket.io-client", "socket.io-client", { "socket.io.mjs": "dist/socket.io.esm.min.js", LICENSE: "LICENSE" }],
  ["fluent", "@fluent/bundle", Object.fromEntries(FLUENT.map((name) => [`${name}.js`, `esm/${name}.js`]))],
];

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "vendor");
const manifest = JSON.parse(readFileSync(join(vendor, "manifest.json"), "utf8"));

for (const [folder, npmPackage, files] of VENDORED) {
  const source = join(here, "node_modules", npmPackage);
  const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  rmSync(join(vendor, folder), { recursive: true, force: true });
  for (const name of Object.keys(manifest)) if (name.startsWith(`${folder}/`)) delete manifest[name];
  for (const [name, from] of Object.entries(files)) {
    const target = join(vendor, folder, name);
    mkdirSync(dirname(target), { recursive: true });
    const text = readFileSync(join(source, from), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
    writeFileSync(target, text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    manifest[`${folder}/${name}`] = { package: npmPackage, version, sha256 };
  }
}

// Fluent carries its licence's name only; its text is the one of this project.
cpSync(join(here, "..", "LICENSE"), join(vendor, "fluent", "LICENSE"));
const sha256 = createHash("sha256").update(readFileSync(join(vendor, "fluent", "LICENSE"))).digest("hex");
manifest["fluent/LICENSE"] = { ...manifest["fluent/index.js"], sha256 };

const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(vendor, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
