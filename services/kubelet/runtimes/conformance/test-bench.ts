import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodePlace } from "../../network/pod-network.ts";
import type {
  ContainerConfig,
  ContainerStatus,
  ExecSession,
  LogEntry,
  LogOptions,
  Runtime,
  SandboxConfig,
} from "../runtime.ts";

/** A runtime to test, and what the test needs to know about it. */
export interface RuntimeUnderTest {
  /** Opens the runtime on the same state, also after it was closed. */
  open(): Promise<Runtime>;
  /** Takes away what the runtime and `setUp` made, once the runtime is closed. */
  dispose(): Promise<void>;
  place: NodePlace;
  /** An image that is on the node, with `sh`, `sleep`, `cat`, `head`, `dd`, `id`, `stty`, `readlink`, `touch`. */
  image: string;
  /** A command for that image that answers each TCP connection to `port` with `answer`. */
  serve(port: number, answer: string): string[];
  /**
   * What a script that writes much does at its end, where the runtime loses what it has not read yet when a container
   * ends, as containerd 1.6 does. Nothing for all others.
   */
  lastCommand?: string;
  /** Texts in the names of mounts, devices, nftables tables, namespaces or control groups that this runtime makes. */
  marks: string[];
}

/** One promise of the contract and the test of it. */
export type Promises = Record<string, (bench: TestBench) => Promise<void>>;

/** What the tests share: the runtime, short ways to make things, and the removal of all that they made. */
export class TestBench {
  /** In the environment of every container, so that their processes are found. */
  readonly mark = `conformance-${randomUUID()}`;
  #subject: RuntimeUnderTest | undefined;
  #runtime: Runtime | undefined;

  get subject(): RuntimeUnderTest {
    assert.ok(this.#subject, "the runtime could not be set up");
    return this.#subject;
  }

  get runtime(): Runtime {
    assert.ok(this.#runtime, "the runtime is closed");
    return this.#runtime;
  }

  async open(subject: RuntimeUnderTest): Promise<void> {
    this.#subject = subject;
    this.#runtime = await subject.open();
  }

  /** What a restart of the kubelet does. `meanwhile` runs while no runtime is open. */
  async reopen(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.runtime.close();
    this.#runtime = undefined;
    await meanwhile();
    this.#runtime = await this.subject.open();
  }

  async close(): Promise<void> {
    const subject = this.#subject;
    if (!subject) return;
    this.#runtime ??= await subject.open();
    await this.removeSandboxes();
    await this.#runtime.close();
    this.#runtime = undefined;
    this.#subject = undefined;
    await subject.dispose();
  }

  async removeSandboxes(): Promise<void> {
    const sandboxes = await this.runtime.listSandboxes();
    await Promise.all(sandboxes.map(({ id }) => this.runtime.removeSandbox(id)));
  }

  sandbox(changes: Partial<SandboxConfig> = {}): Promise<string> {
    return this.runtime.runSandbox({
      pod: { namespace: "default", name: "pod", uid: randomUUID() },
      attempt: 0,
      hostname: "pod",
      hostNetwork: false,
      portMappings: [],
      labels: {},
      ...changes,
    });
  }

  create(sandboxId: string, command: string[], changes: Partial<ContainerConfig> = {}): Promise<string> {
    const config: ContainerConfig = {
      name: "main",
      attempt: 0,
      image: this.subject.image,
      command,
      mounts: [],
      stdin: false,
      stdinOnce: false,
      tty: false,
      resources: {},
      security: {
        privileged: false,
        readOnlyRootFilesystem: false,
        supplementalGroups: [],
        addCapabilities: [],
        dropCapabilities: [],
        noNewPrivileges: false,
      },
      labels: {},
      ...changes,
      env: [...(changes.env ?? []), { name: "CONFORMANCE", value: this.mark }],
    };
    return this.runtime.createContainer(sandboxId, config);
  }

  /** Starts a container in `sandboxId`, a new sandbox when absent. */
  async start(command: string[], changes: Partial<ContainerConfig> = {}, sandboxId?: string): Promise<string> {
    const id = await this.create(sandboxId ?? (await this.sandbox()), command, changes);
    await this.runtime.startContainer(id);
    return id;
  }

  /** Starts a container that runs `script` in a shell. */
  shell(script: string, changes: Partial<ContainerConfig> = {}, sandboxId?: string): Promise<string> {
    return this.start(["sh", "-c", script], changes, sandboxId);
  }

  /** Runs `script` in a container of its own and answers what it wrote to stdout and stderr. */
  async output(script: string, changes: Partial<ContainerConfig> = {}, sandboxId?: string): Promise<string> {
    const id = await this.shell(script, changes, sandboxId);
    await this.exited(id);
    return this.text(id);
  }

  exited(containerId: string): Promise<ContainerStatus> {
    return until("the container has ended", async () => {
      const status = await this.runtime.containerStatus(containerId);
      return status.state === "Exited" ? status : undefined;
    });
  }

  async logs(containerId: string, options: Partial<LogOptions> = {}, signal?: AbortSignal): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for await (const entry of this.runtime.logs(containerId, { follow: false, ...options }, signal))
      entries.push(entry);
    return entries;
  }

  async text(containerId: string, options: Partial<LogOptions> = {}): Promise<string> {
    return joined(await this.logs(containerId, options));
  }

  /** Waits until `text` is in what `options` show of the container's logs. */
  async written(containerId: string, text: string, options: Partial<LogOptions> = {}): Promise<void> {
    await until(
      `the container has written ${text}`,
      async () => (await this.text(containerId, options)).includes(text) || undefined,
    );
  }

  async exec(
    containerId: string,
    command: string[],
    stdin?: string,
  ): Promise<{ stdout: string; stderr: string; exitCode: number }> {
    const session = await this.runtime.exec(containerId, { command, stdin: stdin !== undefined, tty: false });
    session.stdin?.end(stdin ?? "");
    return finished(session);
  }
}

/** What a session wrote and how it ended. */
export async function finished(session: ExecSession): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const [stdout, stderr, exitCode] = await Promise.all([
    collect(session.stdout),
    session.stderr ? collect(session.stderr) : "",
    session.exitCode,
  ]);
  return { stdout, stderr, exitCode };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks).toString();
}

/** The text of log entries. */
export function joined(entries: LogEntry[]): string {
  return Buffer.concat(entries.map((entry) => entry.line)).toString();
}

/** Lets a script wait until somebody makes a file in its container. */
export const untilTold = (file: string): string => `while ! [ -e /${file} ]; do sleep 0.02; done`;

/** Waits, for as long as a busy machine may need, until `check` answers something. */
export async function until<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 90_000;
  for (;;) {
    const answer = await check();
    if (answer !== undefined) return answer;
    assert.ok(performance.now() < deadline, `waited 90 s in vain until ${what}`);
    await sleep(10);
  }
}
