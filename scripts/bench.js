/** `npm run bench [name…]`: every benchmark in bench/, or those named; results go to bench/results/. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildIfStale } from "./build.js";
import { installDependencies, root } from "./install.js";

installDependencies();
await buildIfStale();
const named = process.argv.slice(2);
const files = readdirSync(join(root, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .filter((name) => named.length === 0 || named.includes(name.replace(/\.ts$/, "")));

let failed = 0;
for (const file of files) {
  console.log(`— ${file.replace(/\.ts$/, "")}`);
  const { status } = spawnSync(process.execPath, ["--expose-gc", "--import", "tsx", join("bench", file)], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
