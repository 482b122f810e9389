/**
 * `npm run bench [name…]`: every benchmark in bench/, or those named; results go to bench/results/ and docs/figures.md.
 * `npm run bench -- --help` tells what there is.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { aboutOf, benchmarks } from "./benchmarks.js";
import { buildIfStale } from "./build.js";
import { installDependencies, root } from "./install.js";

const all = benchmarks();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !name.startsWith("-") && !all.includes(name));
if (asked.some((name) => name.startsWith("-"))) help();
else if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(", ")}; there are ${all.join(", ")}`);
  process.exitCode = 2;
} else await run(asked.length > 0 ? asked : all);

function help() {
  console.log("npm run bench [-- name…]\n\nPrints figures beside their goals, and fails where one is missed.\n");
  for (const name of all) console.log(`${name}\n    ${aboutOf(name)}\n`);
}

async function run(names) {
  installDependencies();
  await buildIfStale();
  let failed = 0;
  for (const name of names) {
    console.log(`— ${name}`);
    const { status } = spawnSync(process.execPath, ["--expose-gc", "--import", "tsx", join("bench", `${name}.ts`)], {
      cwd: root,
      stdio: "inherit",
    });
    if (status !== 0) failed++;
  }
  process.exitCode = failed > 0 ? 1 : 0;
}
