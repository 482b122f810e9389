import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Pod, type PodPortForwardRequest, PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { RequestQueue } from "../request/request-queue.ts";
import type { ForwardedPort } from "./ports.ts";

const connectionsMax = 256;

/** Listens and forwards until the program is ended. @throws CliError when it cannot listen anywhere */
export async function openForwards(
  context: Context,
  pod: Pod,
  ports: readonly ForwardedPort[],
  addresses: readonly string[],
): Promise<void> {
  const { signal } = context.io;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  try {
    for (const port of ports)
      for (const address of addresses.flatMap((it) => (it === "localhost" ? ["127.0.0.1", "::1"] : [it])))
        servers.push(...(await listen(context, pod, port, address, sockets)));
    if (servers.length === 0) throw new CliError("unable to listen on any of the requested ports");
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  }
}

async function listen(
  context: Context,
  pod: Pod,
  { local, remote }: ForwardedPort,
  host: string,
  sockets: Set<Socket>,
): Promise<Server[]> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    // Whoever connected may break off at any time; the close that follows ends the rest.
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    void context
      .print(`Handling connection for ${portOf(server)}`)
      .then(() => forward(context, pod, remote, socket))
      .catch((error: unknown) => {
        socket.destroy();
        if (context.io.signal.aborted) return undefined;
        return context.note(`error forwarding port ${remote}: ${error instanceof Error ? error.message : error}`);
      });
  });
  server.maxConnections = connectionsMax;
  server.listen(local, host);
  try {
    await once(server, "listening");
  } catch (error) {
    server.close();
    // Machines without IPv6 are served on the other loopback address.
    if (host !== "::1")
      await context.note(`Unable to listen on port ${local}: ${error instanceof Error ? error.message : error}`);
    return [];
  }
  const shown = host.includes(":") ? `[${host}]` : host;
  await context.print(`Forwarding from ${shown}:${portOf(server)} -> ${remote}`);
  return [server];
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** Carries one connection both ways, each as fast as it is taken. */
async function forward(context: Context, { metadata = {} }: Pod, port: number, socket: Socket): Promise<void> {
  const { client } = await context.connect();
  const { name = "", namespace = "" } = metadata;
  const requests = new RequestQueue<PodPortForwardRequest>();
  const abort = new AbortController();
  socket.once("close", () => abort.abort());
  requests.push({ namespace, name, port });
  const signal = AbortSignal.any([abort.signal, context.io.signal]);
  void send(socket, requests);
  try {
    for await (const { data, closed } of client.duplex(PodServiceDefinition, "portForward", requests, { signal })) {
      if (data?.length && !socket.write(data)) await once(socket, "drain", { signal });
      if (closed) socket.end();
    }
    socket.end();
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    requests.end();
  }
}

async function send(socket: Socket, requests: RequestQueue<PodPortForwardRequest>): Promise<void> {
  try {
    // The pod may still answer when this side has said all.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      // A socket without an encoding gives bytes.
      requests.push({ data: chunk as Uint8Array });
      await requests.drained();
    }
    requests.push({ closed: true });
  } catch {
    // Whoever connected has gone: the close of the socket ends the rest.
    requests.end();
  }
}
