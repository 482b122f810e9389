import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type {
  PodAttachRequest,
  PodExecRequest,
  PodExecResponse,
  PodLogRequest,
  PodLogResponse,
  PodPortForwardRequest,
  PodPortForwardResponse,
} from "../../../../gen/typernetes/core/v1/pod.ts";
import {
  type HttpGetRequest,
  type HttpGetResponse,
  KubeletServiceDefinition,
} from "../../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { onAbort } from "../../../../lib/base/abort.ts";
import { StatusError } from "../../../../lib/base/status-error.ts";
import { inProcessTransport } from "../../../../lib/grpc/in-process.ts";
import { type CallContext, Router } from "../../../../lib/grpc/router.ts";
import type { Transport } from "../../../../lib/grpc/transport.ts";

/** A kubelet whose every container is this machine: commands run as processes, ports are those of loopback. */
export class TestKubelet {
  /** Calls that are being served. */
  open = 0;
  /** The sizes of terminals that were asked for. */
  readonly sizes: string[] = [];
  readonly logRequests: PodLogRequest[] = [];

  transport(): Transport {
    const router = new Router().add(KubeletServiceDefinition, {
      exec: (requests, context) => this.#counted(this.#exec(requests, context)),
      attach: (requests) => this.#counted(this.#attach(requests)),
      log: (request, context) => this.#counted(this.#log(request, context)),
      httpGet: (request) => this.#httpGet(request),
      portForward: (requests, context) => this.#counted(this.#forward(requests, context)),
    });
    return inProcessTransport(router, { user: "kube-apiserver-kubelet-client", groups: ["system:masters"] });
  }

  /** Says what was asked for; nothing lies under `/nothing`. */
  async *#httpGet({ path }: HttpGetRequest): AsyncGenerator<HttpGetResponse> {
    yield { code: path === "/nothing" ? 404 : 200, contentType: "text/plain; version=0.0.4" };
    yield { chunk: Buffer.from(`${path}\n`) };
  }

  async *#counted<T>(stream: AsyncIterable<T>): AsyncGenerator<T> {
    this.open++;
    try {
      yield* stream;
    } finally {
      this.open--;
    }
  }

  async *#exec(requests: AsyncIterable<PodExecRequest>, { signal }: CallContext): AsyncGenerator<PodExecResponse> {
    const input = requests[Symbol.asyncIterator]();
    const first = await input.next();
    const [file = "", ...args] = first.done ? [] : (first.value.options?.command ?? []);
    if (file === "missing") throw new StatusError("BadRequest", `exec: "missing": executable file not found in $PATH`);
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    const forget = onAbort(signal, () => void child.kill("SIGKILL"));
    child.stdin.on("error", () => {});
    const feed = async () => {
      for (let next = await input.next(); !next.done; next = await input.next()) {
        const { stdin, stdinClosed, resize } = next.value;
        if (stdin && !child.stdin.write(stdin)) await once(child.stdin, "drain");
        if (stdinClosed) child.stdin.end();
        if (resize) this.sizes.push(`${resize.columns}x${resize.rows}`);
      }
      child.stdin.end();
    };
    feed().catch(() => {});
    try {
      for await (const stdout of child.stdout) yield { stdout };
      for await (const stderr of child.stderr) yield { stderr };
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      yield { exitCode: child.exitCode ?? 137 };
    } finally {
      forget();
      child.kill("SIGKILL");
    }
  }

  /** Says back what it hears. */
  async *#attach(requests: AsyncIterable<PodAttachRequest>): AsyncGenerator<PodExecResponse> {
    for await (const { stdin, stdinClosed } of requests) {
      if (stdin) yield { stdout: stdin };
      if (stdinClosed) return;
    }
  }

  async *#log(request: PodLogRequest, { signal }: CallContext): AsyncGenerator<PodLogResponse> {
    this.logRequests.push(request);
    if (request.options?.previous) {
      throw new StatusError("BadRequest", 'previous terminated container "main" in pod "one" not found');
    }
    yield { chunk: Buffer.from("line 1\nline 2\n") };
    if (!request.options?.follow) return;
    await new Promise<void>((resolve) => {
      onAbort(signal, resolve);
    });
  }

  async *#forward(
    requests: AsyncIterable<PodPortForwardRequest>,
    { signal }: CallContext,
  ): AsyncGenerator<PodPortForwardResponse> {
    const input = requests[Symbol.asyncIterator]();
    const first = await input.next();
    const socket = connect({ host: "127.0.0.1", port: first.done ? 0 : (first.value.port ?? 0), allowHalfOpen: true });
    const forget = onAbort(signal, () => void socket.destroy());
    try {
      await once(socket, "connect", { signal });
      const feed = async () => {
        for (let next = await input.next(); !next.done && !next.value.closed; next = await input.next()) {
          socket.write(next.value.data ?? "");
        }
        socket.end();
      };
      feed().catch(() => socket.destroy());
      for await (const data of socket) yield { data };
    } finally {
      forget();
      socket.destroy();
    }
  }
}
