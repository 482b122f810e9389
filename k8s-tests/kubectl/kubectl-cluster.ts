import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { BackgroundProgram, type Ended, mustRun, programPath, runProgram, startMsMax } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";

/** The kubectl of the tests: `$KUBECTL`, or the one in the path. */
const kubectlPath = process.env["KUBECTL"] ?? "kubectl";

/** Longer than kubectl waits for what it is told to wait for. */
const timeoutMs = 240_000;

/** How one call of kubectl differs from the others. */
export interface KubectlOptions {
  input?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/** A cluster of its own for the tests of one file, and the real kubectl that talks to it. */
export class KubectlCluster {
  readonly home = mkdtempSync(join(tmpdir(), "typernetes-kubectl-"));
  readonly kubeconfig = join(this.home, "data/kubeconfig");
  readonly #background: BackgroundProgram[] = [];
  /** The minor version of kubectl: 20 for 1.20. */
  minor = 0;

  /** The environment in which kubectl finds the cluster, and keeps its caches where they go when the test ends. */
  get env(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: this.kubeconfig, HOME: this.home, LC_ALL: "C" };
  }

  async start(flags: readonly string[]): Promise<void> {
    const data = join(this.home, "data");
    const ports = ["--https-port", "0", "--grpc-port", "0"];
    const args = ["up", "--data-dir", data, ...ports, "--runtime", "process", "--host-images", ...flags];
    const program = new BackgroundProgram(programPath("typernetes"), args);
    this.#background.push(program);
    await program.printed("cluster complete", startMsMax);
    const version: unknown = JSON.parse(await this.kubectl("version", "--client", "-o", "json"));
    this.minor = Number(/"minor":"(\d+)/.exec(JSON.stringify(version))?.[1]);
    await waitFor("the service account is there", () => this.kubectl("get", "serviceaccount", "default"));
  }

  async stop(): Promise<void> {
    for (const program of this.#background.reverse()) await program.stop();
    await mustRun(programPath("typernetes"), ["down", "--data-dir", join(this.home, "data")]);
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Runs kubectl to its end, whatever that is. */
  run(args: readonly string[], { env, ...options }: KubectlOptions = {}): Promise<Ended> {
    return runProgram(kubectlPath, args, { timeoutMs, ...options, env: { ...this.env, ...env } });
  }

  /** Runs kubectl, which has to succeed; answers what it printed. @throws AssertionError with its own words. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.kubectlWith({}, ...args);
  }

  /** The same, with options. */
  async kubectlWith(options: KubectlOptions, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    assert.equal(code, 0, `kubectl ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Applies a manifest given as an object or as text. */
  async apply(manifest: object | string, ...flags: readonly string[]): Promise<string> {
    const input = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
    return this.kubectlWith({ input }, "apply", "-f", "-", ...flags);
  }

  /** Runs kubectl, which has to fail; answers what it complains of. */
  async failure(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    assert.notEqual(code, 0, `kubectl ${args.join(" ")} succeeded: ${stdout}`);
    return stderr;
  }

  /** Waits for a condition with kubectl, whose own patience is half a minute; answers what it printed. */
  awaited(condition: string, ...objects: readonly string[]): Promise<string> {
    return this.kubectl("wait", `--for=${condition}`, "--timeout=200s", ...objects);
  }

  /** Starts kubectl beside the test; it ends with the cluster, if not before. */
  background(...args: readonly string[]): BackgroundProgram {
    const program = new BackgroundProgram(kubectlPath, [...args], this.env);
    this.#background.push(program);
    return program;
  }

  /** Runs kubectl on a terminal, where `input` is typed; answers what was to be seen there. */
  async onTerminal(args: readonly string[], input: string): Promise<string> {
    const line = [kubectlPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const options = { input, timeoutMs, env: this.env };
    const { code, stdout, stderr } = await runProgram("script", ["-qec", line, "/dev/null"], options);
    assert.equal(code, 0, `${line} ended with ${code}: ${stdout}${stderr}`);
    return stdout.replaceAll("\r\n", "\n");
  }

  /** Writes a file for kubectl to read; answers its path. */
  file(name: string, content: object | string): string {
    mkdirSync(this.home, { recursive: true });
    const path = join(this.home, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  /** What is left of an object's field, as kubectl prints it. */
  field(object: string, path: string, ...flags: readonly string[]): Promise<string> {
    return this.kubectl("get", object, "-o", `jsonpath={${path}}`, ...flags);
  }
}

/** Starts a cluster before the tests of the calling file, puts into it what they need, and stops it after them. */
export function kubectlCluster(
  prepare: (cluster: KubectlCluster) => Promise<unknown> = async () => {},
  ...flags: readonly string[]
): KubectlCluster {
  const cluster = new KubectlCluster();
  // One hook, since several would run at once.
  const start = async () => {
    await cluster.start(flags);
    await prepare(cluster);
  };
  before(start, { timeout: 300_000 });
  after(() => cluster.stop(), { timeout: 300_000 });
  return cluster;
}

/** A pod that does nothing for as long as it is let. */
export function sleeper(name: string, labels: Record<string, string> = {}) {
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels } },
    spec: {
      containers: [{ name: "main", image: "host", command: ["sleep", "1000"] }],
      terminationGracePeriodSeconds: 0,
    },
  };
}

/** A deployment of such pods. */
export function deployment(name: string, replicas: number, image = "host:1") {
  const labels = { app: name };
  const containers = [{ name: "main", image, command: ["sleep", "1000"] }];
  const template = { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 0 } };
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}
