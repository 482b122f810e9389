/**
 * `npm run build`: bundles the programs into dist/, because start-up time is a feature. Packages with native code stay
 * outside the bundle. `buildIfStale` lets launchers and tests build when a source is newer than the bundle.
 */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { installDependencies, root } from "./install.js";

const entries = {
  typernetes: "services/allinone/main.ts",
  typectl: "clients/cli/main.ts",
  // Found by the embedded store beside itself, and run as a child process.
  "verify-store-main": "lib/storage/embedded/verify-store-main.ts",
};
// etcd3 reads files beside itself.
const outside = ["lmdb", "etcd3", "ssh2", "cpu-features"];

/** Builds dist/ unless it is newer than every source. */
export async function buildIfStale() {
  const built = join(root, "dist/typernetes.js");
  if (existsSync(built) && statSync(built).mtimeMs > newestSource()) return;
  await build();
}

async function build() {
  installDependencies();
  const start = performance.now();
  const { build: bundle } = await import("esbuild");
  rmSync(join(root, "dist"), { recursive: true, force: true });
  await bundle({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    minify: true,
    keepNames: true,
    sourcemap: "linked",
    external: outside,
    logLevel: "warning",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  console.error(`built dist/ in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function newestSource() {
  let newest = statSync(join(root, "package-lock.json")).mtimeMs;
  for (const folder of ["lib", "services", "clients", "gen"]) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
      newest = Math.max(newest, statSync(join(root, folder, name)).mtimeMs);
    }
  }
  return newest;
}

if (process.argv[1] === import.meta.filename) await build();
