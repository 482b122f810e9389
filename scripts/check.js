/** `npm run check`: every rule that needs no running system. Prints a line per rule; exits 1 when one is broken. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installDependencies, root } from "./install.js";

installDependencies();
const bin = (name) => join(root, "node_modules/.bin", name);
const node = process.execPath;

const checks = [
  ["types", node, ["node_modules/typescript-native/bin/tsc", "-p", "."]],
  ["lint and format", bin("biome"), ["check", "--error-on-warnings", "--max-diagnostics=50", "."]],
  [
    "import rules",
    bin("depcruise"),
    ["--config", ".dependency-cruiser.cjs", "lib", "services", "clients", "k8s-tests", "bench", "scripts", "gen"],
  ],
  ["dead code", bin("knip"), []],
  ["contracts", bin("buf"), ["lint"]],
  ["contracts stay compatible", bin("buf"), ["breaking", "--against", "proto/baseline.binpb"]],
  ["generated code", node, ["--import", "tsx", "scripts/generate/generate.ts", "--check"]],
];

let failed = 0;
const queue = [...checks];
await Promise.all([worker(), worker()]);
if (failed > 0) {
  console.log(`${failed} of ${checks.length} checks failed`);
  process.exitCode = 1;
}

async function worker() {
  for (let check = queue.shift(); check; check = queue.shift()) await run(...check);
}

function run(name, command, args) {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => (output += error.message));
    child.on("close", (code) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
      if (code !== 0) {
        failed++;
        console.log(output.replace(/^npm warn.*\n/gm, "").trimEnd());
      }
      resolve();
    });
  });
}
