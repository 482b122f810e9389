import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./install.js";

const secondsMax = 30;

/** Runs the programs once, so that each leaves its compiled code for the next start (bin/launch.js). */
export async function warmUp() {
  const dataDir = mkdtempSync(join(tmpdir(), "typernetes-build-"));
  // Nothing is made on the machine: no node, no proxy.
  const up = ["up", "--data-dir", dataDir, "--https-port", "0", "--grpc-port", "0", "--without", "kubelet,proxy"];
  const cluster = run("typernetes", ...up);
  try {
    await cluster.printed("cluster complete");
    const kubeconfig = join(dataDir, "kubeconfig");
    await run("typectl", "--kubeconfig", kubeconfig, "get", "namespaces").ended;
    cluster.child.kill("SIGTERM");
    await cluster.ended;
  } catch (error) {
    console.error(`the programs start slower the first time: ${error.message}`);
  } finally {
    cluster.child.kill("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function run(program, ...args) {
  const child = spawn(process.execPath, [join(root, "bin", program), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: secondsMax * 1000,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) =>
      status === 0 ? resolve() : reject(new Error(`${program} ${args[0]} ended with ${status}: ${output}`)),
    );
  });
  const printed = (text) =>
    new Promise((resolve, reject) => {
      child.stdout.on("data", () => output.includes(text) && resolve());
      ended.then(() => reject(new Error(`${program} ended: ${output}`)), reject);
    });
  return { child, ended, printed };
}
