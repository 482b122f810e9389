import type { Pod, PodPortForwardRequest, PodPortForwardResponse } from "../../../../gen/typernetes/core/v1/pod.ts";
import { linkedAbort } from "../../../../lib/base/abort.ts";
import { toStatusError } from "../../../../lib/grpc/status.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { admitConnect } from "../../admission/admit-connect.ts";
import type { Caller } from "../../core.ts";
import { badRequest } from "../../errors.ts";
import { get } from "../../verbs/get.ts";
import { must } from "../refusals.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { callerOf } from "../verbs.ts";
import { letInWith } from "./let-in.ts";
import { openCall } from "./open-call.ts";

type ForwardMethod = (
  requests: AsyncIterable<PodPortForwardRequest & { isGet?: boolean }>,
  caller: Caller,
) => AsyncIterable<PodPortForwardResponse>;

/** The client's side of one forwarded connection. */
export interface ForwardedConnection {
  readonly port: number;
  readonly incoming: AsyncIterable<Uint8Array>;
  send(bytes: Uint8Array): Promise<void>;
  /** Tells why the connection could not be made, or broke. */
  fail(message: string): void;
  /** Ends what is sent. */
  end(): void;
  /** Aborted when the client has given this connection up. */
  readonly signal: AbortSignal;
}

/** Whether the pod's ports, or those named, may be forwarded: asked once, before there is any connection. @throws StatusError. */
export async function prepareForward(request: ResourceRequest, ports: readonly number[] = []): Promise<void> {
  const { core, path, exchange } = request;
  const caller = await letInWith(request, exchange.method === "GET" ? "get" : "create");
  const pods = core.resource("", "pods");
  const { namespace, name } = path;
  const options = { kind: "PodPortForwardOptions", ...(ports.length > 0 && { ports }) };
  await admitConnect(core, { info: pods, namespace, name, subresource: "portforward", options }, caller);
  const { value } = await get(core, pods, { namespace, name });
  const { spec }: ApiObject & Pod = value;
  if (!spec?.nodeName) throw badRequest(`pod ${path.name} does not have a host assigned`);
}

/** Connects a client to a port of the pod until either side ends. Never rejects. */
export async function forwardConnection(request: ResourceRequest, connection: ForwardedConnection): Promise<void> {
  const { core, path, served, exchange } = request;
  const handlers: Readonly<Record<string, unknown>> = served.handlers;
  const caller = callerOf(request);
  const { abort, release } = linkedAbort(caller.signal, connection.signal);
  try {
    // The handlers of pods were checked where they were made; here they are those of any kind.
    const method = must(handlers["portForward"] as ForwardMethod | undefined);
    const isGet = exchange.method === "GET";
    const first = { namespace: path.namespace, name: path.name, port: connection.port, isGet };
    const call = await openCall(method, first, callerUntil(caller, abort.signal));
    const sending = sendAll(call, connection.incoming);
    sending.catch(() => {});
    for await (const { data } of call.responses) if (data?.length) await connection.send(data);
  } catch (error) {
    if (!abort.signal.aborted) connection.fail(toStatusError(error, "port forwarding", core.logger).message);
  } finally {
    connection.end();
    abort.abort();
    release();
  }
}

interface Sendable {
  send(message: PodPortForwardRequest): Promise<void>;
}

async function sendAll(call: Sendable, incoming: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const data of incoming) await call.send({ data });
  await call.send({ closed: true });
}

/** The same caller, who is gone earlier. What it has is made when it is asked for, so that it is no copy. */
function callerUntil(caller: Caller, signal: AbortSignal): Caller {
  return Object.create(caller, { signal: { value: signal } });
}
