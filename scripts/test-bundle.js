/**
 * Bundles test files and all they import into one script, and compiles it once: a test process then starts in a fifth of the
 * processor time that loading thousands of sources takes. Each test file still runs in a process of its own.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { nativeLmdb, outside } from "./build.js";
import { bundleName, folderOf, ownerOf, stubOf } from "./built-tests.js";
import { root } from "./install.js";

/** Run once so that what they compile is kept for all: between them they use much of what tests use. */
const typical = [
  "services/apiserver/verbs/read.test.ts",
  "services/controller-manager/podgc/controller.test.ts",
  "services/kubelet/static/static-pods.test.ts",
  "clients/cli/commands/set.test.ts",
];
const warmUpMsMax = 120_000;

/**
 * Bundles test files, named from the root, into a folder of this process, which goes when the process ends. Returns the file to
 * run for each. Throws when a source does not compile or an import leads nowhere, and has printed where.
 */
export async function bundleTests(files) {
  removeLeftovers();
  const folder = join(root, folderOf(process.pid));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await bundle(files, join(folder, bundleName));
  const stubs = files.map((file) => writeStub(join(folder, stubOf(file)), `runTestFile(${JSON.stringify(file)})`));
  if (typical.every((file) => files.includes(file))) warmUp(folder);
  return stubs;
}

async function bundle(files, outfile) {
  const { build } = await import("esbuild");
  const tests = files.map((file) => `${JSON.stringify(file)}: () => import(${JSON.stringify(`./${file}`)}),`);
  await build({
    absWorkingDir: root,
    stdin: { contents: `module.exports = {\n${tests.join("\n")}\n};`, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    // A process evaluates what its test file imports, and nothing else.
    supported: { "dynamic-import": false },
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    external: [...outside, "@kubernetes/client-node"],
    logLevel: "warning",
    define: Object.fromEntries(Object.keys(placeOf("")).map((name) => [`import.meta.${name}`, `importMeta_${name}`])),
    plugins: [nativeLmdb, ownPlaces],
  });
}

/** What a source asks for its own place is told as if it ran where it stands. */
const ownPlaces = {
  name: "own-places",
  setup(build) {
    build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes("import.meta.")) return;
      const place = placeOf(inDist.includes(path) ? join(root, "dist/tests.cjs") : path);
      const declarations = Object.entries(place).map(
        ([name, value]) => `importMeta_${name} = ${JSON.stringify(value)}`,
      );
      // In one line, so that all lines keep their numbers.
      return { contents: `const ${declarations.join(", ")}; ${source}`, loader: path.endsWith("ts") ? "ts" : "js" };
    });
  },
};

/** These find beside themselves what is bundled like the programs. */
const inDist = [join(root, "lib/storage/embedded/child-verifier.ts")];

function placeOf(path) {
  return { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
}

function writeStub(path, call) {
  mkdirSync(dirname(path), { recursive: true });
  const runner = JSON.stringify(pathToFileURL(join(root, "scripts/built-tests.js")).href);
  writeFileSync(path, `import { keepCompiled, runTestFile } from ${runner};\n${call};\n`);
  return path;
}

/** What fails here fails again, and is told, in the run itself. */
function warmUp(folder) {
  const stub = writeStub(join(folder, "warm-up.mjs"), `keepCompiled(${JSON.stringify(typical)})`);
  spawnSync(process.execPath, [stub], { cwd: root, stdio: "ignore", timeout: warmUpMsMax });
}

/** Of runs that were killed. */
function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const pid = ownerOf(name);
    if (pid !== undefined && !isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
