import type { Client } from "../../lib/client/client.ts";
import type { ClusterAccess } from "../../lib/client/kubeconfig.ts";
import type { CallOptions } from "../../lib/grpc/transport.ts";
import { findAccess, grpcAddressOf } from "./find-access.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { Io } from "./io.ts";

/** A cluster that a command talks to. */
export interface Connection {
  readonly client: Client;
  /** The namespace that is meant when none is named. */
  readonly namespace: string;
  readonly access: ClusterAccess;
}

/** One run of a command: what it was told, and the cluster, to which it connects when asked for it. */
export class Context {
  readonly io: Io;
  readonly global: GlobalFlags;
  #connection: Promise<Connection> | undefined;
  /** Called at the end. */
  readonly #endings: (() => void)[] = [];
  /** The address of the server, once it is known: for messages. */
  address = "";

  constructor(io: Io, global: GlobalFlags) {
    this.io = io;
    this.global = global;
  }

  /** Connects, or answers the connection that there is. @throws CliError */
  connect(): Promise<Connection> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  /** Whether the user named the namespace on the command line. */
  get isNamespaceGiven(): boolean {
    return this.global.namespace !== "";
  }

  /** The settings of each call. */
  get call(): CallOptions {
    const { requestTimeout } = this.global;
    return requestTimeout > 0 ? { signal: this.io.signal, timeoutMs: requestTimeout } : { signal: this.io.signal };
  }

  /** Writes a line. */
  async print(line: string): Promise<void> {
    await this.io.stdout.write(`${line}\n`);
  }

  /** Writes a line beside the output. */
  async note(line: string): Promise<void> {
    await this.io.stderr.write(`${line}\n`);
  }

  /** Has `ending` called when the command is done with the cluster. */
  atEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  async close(): Promise<void> {
    for (const ending of this.#endings.splice(0)) ending();
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.client.transport.close();
  }

  async #open(): Promise<Connection> {
    const access = await findAccess(this.io, this.global);
    this.address = grpcAddressOf(access);
    // The whole API is loaded only by commands that talk to a server.
    const { openClient } = await import("./open-client.ts");
    const { stderr, stdin } = this.io;
    const told = new Set<string>();
    const onWarning = (text: string) => {
      if (told.has(text)) return;
      told.add(text);
      void stderr.write(`Warning: ${text}\n`);
    };
    const client = await openClient(access, this.address, { onWarning, isInteractive: stdin.isTerminal });
    return { client, access, namespace: this.global.namespace || access.namespace };
  }
}
