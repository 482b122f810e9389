import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { type Pki, writeKubeconfigs } from "../../services/apiserver/service.ts";
import { startTestApiserver } from "../../services/apiserver/test-harness.ts";
import type { Io, Output, Terminal } from "./io.ts";
import { run } from "./run.ts";

/** What a command line printed and ended with. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly stdin?: string | AsyncIterable<Uint8Array>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly terminal?: Terminal;
  readonly env?: Record<string, string>;
  /** Called with everything printed so far, whenever more is printed. */
  readonly onOutput?: (stdout: string) => void;
}

/** Runs a command line with streams of its own. */
export async function runCli(argv: readonly string[], settings: RunSettings = {}): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): Output => ({
    isTerminal: false,
    async write(chunk) {
      texts[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      if (name === "stdout") settings.onOutput?.(texts.stdout);
    },
  });
  const { stdin = "" } = settings;
  const io: Io = {
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: {
      isTerminal: settings.terminal !== undefined,
      chunks: () => (typeof stdin === "string" ? once(stdin) : stdin),
    },
    terminal: settings.terminal,
    env: settings.env ?? {},
    home: "/nonexistent",
    clock: settings.clock ?? systemClock,
    signal: settings.signal ?? new AbortController().signal,
  };
  const code = await run(argv, io);
  return { code, ...texts };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A cluster that is only an apiserver, reached over TLS as a user reaches it. */
export interface TestCluster {
  /** As the administrator, past the command line. */
  readonly client: Client;
  readonly kubeconfig: string;
  /** The cluster's authority. */
  readonly pki: Pki;
  /** A folder of the test's own. */
  readonly directory: string;
  typectl(argv: readonly string[], settings?: RunSettings): Promise<Outcome>;
  /** Writes a file into the folder; answers its path. */
  file(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts an apiserver that listens on loopback, with a kubeconfig for its administrator. */
export async function startTestCluster(): Promise<TestCluster> {
  const directory = await mkdtemp(join(tmpdir(), "typectl-"));
  const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
  const server = await startTestApiserver({ listen }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  const { pki } = server.apiserver;
  if (!pki) throw new Error("the apiserver does not listen");
  await writeKubeconfigs(server.apiserver, directory, []);
  const kubeconfig = join(directory, "kubeconfig");
  return {
    client: server.client(),
    kubeconfig,
    pki,
    directory,
    typectl: (argv, settings) => runCli(["--kubeconfig", kubeconfig, ...argv], settings),
    async file(name, text) {
      const path = join(directory, name);
      await writeFile(path, text);
      return path;
    },
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
