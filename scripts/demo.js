/** `npm run demo`: on a bare checkout, installs, builds and tells the whole story (k8s-tests/story). */
import { spawn } from "node:child_process";
import { buildIfStale } from "./build.js";
import { installDependencies, root } from "./install.js";

installDependencies();
await buildIfStale();
const child = spawn(process.execPath, ["--import", "tsx", "k8s-tests/story/demo.ts", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (code) => (process.exitCode = code ?? 1));
