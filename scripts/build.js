/**
 * `npm run build`: bundles the programs into dist/, because start-up time is a feature. Each is one file that Node
 * compiles as a whole, so that the compiled code can be kept beside it (bin/launch.js). `buildIfStale` lets launchers and tests
 * build when a source is newer than the bundle.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { installDependencies, root } from "./install.js";
import { warmUp } from "./warm-up.js";

const programs = { typernetes: "services/allinone/main.ts", typectl: "clients/cli/main.ts" };
const modules = {
  // Found by the embedded store beside itself, and run as a child process.
  "verify-store-main": "lib/storage/embedded/verify-store-main.ts",
  // `typernetes/sdk`.
  sdk: "clients/sdk/index.ts",
};
// etcd3 reads files beside itself; the others are native, and optional.
export const outside = ["etcd3", "ssh2", "cpu-features"];

/** Builds dist/ unless it is newer than every source. */
export async function buildIfStale() {
  const built = join(root, "dist/typernetes.cjs");
  if (existsSync(built) && statSync(built).mtimeMs > newestSource()) return;
  await build();
}

async function build() {
  installDependencies();
  const start = performance.now();
  const { build: bundle } = await import("esbuild");
  const folder = join(root, `.dist-${process.pid}`);
  const shared = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    platform: "node",
    target: "node20.19",
    minify: true,
    keepNames: true,
    sourcemap: "linked",
    external: outside,
    logLevel: "warning",
    plugins: [nativeLmdb],
  };
  try {
    await Promise.all([
      bundle({
        ...shared,
        entryPoints: programs,
        format: "cjs",
        outExtension: { ".js": ".cjs" },
        // What is imported on demand stays in the one file, and is evaluated on demand.
        supported: { "dynamic-import": false },
        define: { "import.meta.url": "__bundleUrl" },
        banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
      }),
      bundle({
        ...shared,
        entryPoints: modules,
        format: "esm",
        banner: {
          js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url), __filename = import.meta.filename;',
        },
      }),
    ]);
    putInPlace(folder, join(root, "dist"));
    await warmUp();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.error(`built dist/ in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Replaces a folder, so that programs which start meanwhile find the old one or the new. */
function putInPlace(folder, place) {
  const old = `${folder}-old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(folder, place);
  rmSync(old, { recursive: true, force: true });
}

/** Bundles LMDB's JavaScript; its native part is loaded from the installed package. The one of msgpackr has no use here. */
export const nativeLmdb = {
  name: "native-lmdb",
  setup(build) {
    build.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ importer }) => {
      return { path: importer.includes("node_modules/lmdb/") ? "lmdb" : "none", namespace: "native" };
    });
    build.onLoad({ filter: /.*/, namespace: "native" }, ({ path }) => ({
      contents: path === "lmdb" ? loadLmdb : 'module.exports = () => { throw new Error("not bundled"); };',
    }));
  },
};

const loadLmdb = `
const { createRequire } = require("node:module");
const { join, dirname } = require("node:path");
const installed = createRequire(__filename);
module.exports = () => installed("node-gyp-build-optional-packages")(join(dirname(installed.resolve("lmdb")), ".."));
`;

function newestSource() {
  let newest = Math.max(...["package-lock.json", "scripts/build.js"].map((name) => statSync(join(root, name)).mtimeMs));
  for (const folder of ["lib", "services", "clients", "gen"]) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
      newest = Math.max(newest, statSync(join(root, folder, name)).mtimeMs);
    }
  }
  return newest;
}

if (process.argv[1] === import.meta.filename) await build();
