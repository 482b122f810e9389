import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../base/test-port.ts";

/** A real etcd of a test's own, on free ports of the loopback, with its data in a temporary directory. */
export interface TestEtcd {
  /** `http://127.0.0.1:port`; the same after a restart. */
  readonly endpoint: string;
  /** The running process. */
  readonly pid: number | undefined;
  /** Ends the process, by SIGKILL when absent; resolves when it is gone. The data stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data and ports. */
  start(): Promise<void>;
  /** Ends the process and removes the data. */
  stop(): Promise<void>;
}

export interface TestEtcdOptions {
  /** More arguments for etcd, such as `--snapshot-count=100`. */
  args?: readonly string[];
  /** Files for TLS with client certificates; the endpoint is then `https://`. */
  tls?: { cert: string; key: string; ca: string };
}

const readyDeadlineMs = 60_000;

/** Starts an etcd and waits until it answers. The caller stops it. */
export async function startTestEtcd(options: TestEtcdOptions = {}): Promise<TestEtcd> {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-etcd-"));
  const { tls } = options;
  const [clientPort, peerPort, healthPort] = [await freePort(), await freePort(), await freePort()];
  const endpoint = `${tls ? "https" : "http"}://127.0.0.1:${clientPort}`;
  const health = `http://127.0.0.1:${healthPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const args = [
    ...["--name=test", `--data-dir=${directory}`, "--log-level=error", "--logger=zap"],
    ...[`--listen-client-urls=${endpoint}`, `--advertise-client-urls=${endpoint}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=test=${peer}`],
    `--listen-metrics-urls=${health}`,
    ...(tls ? [`--cert-file=${tls.cert}`, `--key-file=${tls.key}`, `--trusted-ca-file=${tls.ca}`] : []),
    ...(tls ? ["--client-cert-auth"] : []),
    ...(options.args ?? []),
  ];
  let child: ChildProcess | undefined;
  const etcd: TestEtcd = {
    endpoint,
    get pid() {
      return child?.pid;
    },
    start: async () => {
      child = spawn("etcd", args, { stdio: "ignore" });
      await ready(child, health);
    },
    kill: async (signal = "SIGKILL") => {
      if (child && child.exitCode === null && child.signalCode === null) {
        const exited = once(child, "exit");
        child.kill(signal);
        await exited;
      }
    },
    stop: async () => {
      await etcd.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await etcd.start();
  } catch (error) {
    await etcd.stop();
    throw error;
  }
  return etcd;
}

async function ready(child: ChildProcess, health: string): Promise<void> {
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const deadline = Date.now() + readyDeadlineMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`etcd ended with exit code ${child.exitCode}`);
    if (await Promise.race([isHealthy(health), failed])) return;
    await sleep(50);
  }
  throw new Error(`etcd was not ready within ${readyDeadlineMs} ms`);
}

async function isHealthy(health: string): Promise<boolean> {
  try {
    const response = await fetch(`${health}/health`, { signal: AbortSignal.timeout(5_000) });
    return (await response.text()).includes('"true"');
  } catch {
    return false;
  }
}
