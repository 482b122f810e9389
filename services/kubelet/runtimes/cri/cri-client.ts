import { ImageServiceDefinition } from "../../../../gen/runtime/v1/image.ts";
import { RuntimeServiceDefinition } from "../../../../gen/runtime/v1/runtime_service.ts";
import { isStatusError } from "../../../../lib/base/status-error.ts";
import { connect } from "../../../../lib/grpc/connect.ts";
import type { MethodDefinition, ServiceDefinition } from "../../../../lib/grpc/method.ts";
import { RuntimeError, type RuntimeErrorCode } from "../runtime.ts";

/** Where containerd listens unless told otherwise. */
const defaultSocketPath = "/run/containerd/containerd.sock";

/** No request that answers at once takes longer than this. */
const requestMsMax = 120_000;

/** A container runtime's services; every call has a deadline, every failure is a `RuntimeError`. */
export interface CriClient {
  readonly socketPath: string;
  /** Calls a method of `runtimeMethods`. @throws RuntimeError */
  runtime<Req, Res>(method: MethodDefinition<Req, Res>, request: NoInfer<Req>, timeoutMs?: number): Promise<Res>;
  /** Calls a method of `imageMethods`. @throws RuntimeError */
  image<Req, Res>(method: MethodDefinition<Req, Res>, request: NoInfer<Req>, timeoutMs?: number): Promise<Res>;
  close(): Promise<void>;
}

export const runtimeMethods = RuntimeServiceDefinition.methods;
export const imageMethods = ImageServiceDefinition.methods;

/** Connects to a runtime at a Unix socket; nothing is sent yet. */
export function createCriClient(socketPath = defaultSocketPath): CriClient {
  const transport = connect({ address: `unix:${socketPath}` });
  const caller =
    (service: ServiceDefinition): CriClient["runtime"] =>
    async (method, request, timeoutMs = requestMsMax) => {
      try {
        return await transport.unary(service, method, request, { timeoutMs });
      } catch (error) {
        throw translateError(error, method.name, socketPath);
      }
    };
  return {
    socketPath,
    runtime: caller(RuntimeServiceDefinition),
    image: caller(ImageServiceDefinition),
    close: () => transport.close(),
  };
}

const codes: Record<string, RuntimeErrorCode> = { NotFound: "NotFound", BadRequest: "InvalidConfig" };

function translateError(error: unknown, method: string, socketPath: string): RuntimeError {
  if (!isStatusError(error)) return new RuntimeError("Unavailable", String(error), { cause: error });
  const { reason, message } = error;
  if (reason === "ServiceUnavailable")
    return new RuntimeError("Unavailable", connectionProblem(message, socketPath), { cause: error });
  if (reason === "Timeout")
    return new RuntimeError("Unavailable", `${method}: no answer from ${socketPath} in time`, { cause: error });
  if (reason === "MethodNotAllowed" && message.startsWith("unknown service")) {
    const text = `what answers at ${socketPath} does not speak CRI v1: is containerd's plugin "cri" disabled?`;
    return new RuntimeError("Unavailable", text, { cause: error });
  }
  return new RuntimeError(codes[reason] ?? "Unavailable", message, { cause: error });
}

/** One line on why the runtime cannot be reached and what to do about it. */
function connectionProblem(message: string, socketPath: string): string {
  if (message.includes("ENOENT")) return `no socket at ${socketPath}: start containerd, or say where with --cri-socket`;
  if (message.includes("EACCES")) return `no permission for the socket at ${socketPath}: run as root`;
  return `nobody answers at ${socketPath} (${message}): start containerd`;
}

/** Whether the runtime itself refused or failed, rather than that it could not be asked. */
export function isRefusal(error: unknown): error is RuntimeError {
  if (!(error instanceof RuntimeError)) return false;
  const { cause } = error;
  return isStatusError(cause) && !["ServiceUnavailable", "Timeout"].includes(cause.reason);
}

/** Whether the runtime does not know the method. */
export function isUnknownMethod(error: unknown): boolean {
  return error instanceof RuntimeError && isStatusError(error.cause) && error.cause.reason === "MethodNotAllowed";
}

/** Awaits `request`; that the object is gone counts as done. */
export async function unlessGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === "NotFound")) throw error;
  }
}
