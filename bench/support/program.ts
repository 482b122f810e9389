import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const typernetes = join(import.meta.dirname, "../../bin/typernetes");
const pollMs = 2;
const startMsMax = 60_000;

/** A cluster of its own in a process of its own, from the bundle. */
export interface Program {
  readonly dataDir: string;
  /** From the start of the process to the first answer of `/readyz` over HTTPS, as a client sees it that polls from then on. */
  readonly readyMs: number;
  /** From the start of the process until nodes, controllers and proxies are at work. */
  readonly completeMs: number;
  /** What the process had used when the API was ready, in milliseconds of user and system time. */
  readonly cpuMs: number;
  /** The processes of the cluster. */
  pids(): number[];
  /** Ends the cluster and removes its data. */
  stop(): Promise<void>;
}

/** Runs `typernetes up` with a fresh data directory and waits until it is complete. */
export async function startProgram(...flags: string[]): Promise<Program> {
  const dataDir = mkdtempSync(join(tmpdir(), "typernetes-bench-"));
  const [httpsPort, grpcPort] = [await freePort(), await freePort()];
  const args = ["up", "--data-dir", dataDir, "--https-port", `${httpsPort}`, "--grpc-port", `${grpcPort}`, ...flags];
  const start = performance.now();
  const child = spawn(process.execPath, [typernetes, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const until = async (check: () => Promise<boolean>) => {
    while (!(await check())) {
      if (child.exitCode !== null || performance.now() - start > startMsMax)
        throw new Error(`the cluster did not start: ${output}`);
      await sleep(pollMs);
    }
    return performance.now() - start;
  };
  const stop = async () => {
    await end(child);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const readyMs = await until(() => answersReady(httpsPort));
    const cpuMs = cpuMsOf(child.pid ?? 0);
    const completeMs = await until(async () => output.includes("cluster complete"));
    return { dataDir, readyMs, completeMs, cpuMs, pids: () => family(child.pid ?? 0), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One service in a process of its own, from the bundle. */
interface Service {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Runs `typernetes <service>`, on free ports if it is the apiserver, and waits until it says that it is there. */
export async function startService(service: "apiserver" | "scheduler", ...flags: string[]): Promise<Service> {
  const ports = [];
  if (service === "apiserver") ports.push("--https-port", `${await freePort()}`, "--grpc-port", `${await freePort()}`);
  const child = spawn(process.execPath, [typernetes, service, ...flags, ...ports], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const start = performance.now();
  while (!/(apiserver is ready|scheduler is running)/.test(output)) {
    if (child.exitCode !== null || performance.now() - start > startMsMax) {
      await end(child);
      throw new Error(`the ${service} did not start: ${output}`);
    }
    await sleep(pollMs);
  }
  return { pid: child.pid ?? 0, stop: () => end(child) };
}

/** What a process has in the machine's memory, in MB. */
export function memoryOf(pid: number): { residentMb: number; fileMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mb = (field: string) => (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
  return { residentMb: mb("VmRSS"), fileMb: mb("RssFile"), peakMb: mb("VmHWM") };
}

/** User and system time that a process and its ended children have used. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

/** Memory of a process that is in the machine's memory, in MB. */
export function residentMbOf(pid: number): number {
  return memoryOf(pid).residentMb;
}

function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      host: "127.0.0.1",
      port,
      path: "/readyz",
      rejectUnauthorized: false,
      agent: false,
      timeout: 2000,
    };
    const request = get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

/** A process and all that descend from it. */
function family(pid: number): number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
  return [pid, ...children.flatMap(family)];
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const killer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    child.once("exit", () => {
      clearTimeout(killer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
