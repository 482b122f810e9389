import { badRequest } from "../../errors.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { forwardConnection, prepareForward } from "./forward-call.ts";
import { serveTunnelledForward, tunnelProtocol } from "./spdy-forward.ts";
import { acceptWebSocket, chooseProtocol } from "./websocket/accept.ts";
import { Channels } from "./websocket/channels.ts";

const protocols = [tunnelProtocol, "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];
/** Two channels each, numbered in one byte. */
const portsMax = 100;

/** Serves port forwarding over a WebSocket. @throws StatusError while the answer is still HTTP's. */
export async function serveWebSocketForward(request: ResourceRequest): Promise<void> {
  const { exchange } = request;
  const protocol = chooseProtocol(exchange, protocols);
  if (protocol === tunnelProtocol) return serveTunnelledForward(request);
  const form = protocol?.includes("base64") ? "base64" : "binary";
  const ports = portsOf(exchange.query, form === "base64" ? 5 : portsMax);
  await prepareForward(request, ports);
  const webSocket = await acceptWebSocket(exchange, protocol);
  const channels = new Channels(
    webSocket,
    form,
    ports.map((_, index) => 2 * index),
  );
  const connections = ports.map((port, index) => forwardChannel(request, channels, port, 2 * index));
  await Promise.race([channels.closed, Promise.all(connections)]);
  channels.end();
}

/** Both channels of a port begin with its number. */
async function forwardChannel(
  request: ResourceRequest,
  channels: Channels,
  port: number,
  channel: number,
): Promise<void> {
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port);
  await channels.send(channel, number);
  await channels.send(channel + 1, number);
  const abort = new AbortController();
  void channels.closed.then(() => abort.abort());
  await forwardConnection(request, {
    port,
    incoming: channels.incoming(channel) ?? noBytes(),
    send: (bytes) => channels.send(channel, bytes),
    fail: (message) => void channels.send(channel + 1, Buffer.from(message)),
    end: () => channels.incoming(channel)?.close(),
    signal: abort.signal,
  });
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

function portsOf(query: URLSearchParams, max: number): number[] {
  const texts = query.getAll("ports").flatMap((text) => text.split(","));
  if (texts.length === 0) throw badRequest('query parameter "ports" is required');
  if (texts.length > max) throw badRequest(`at most ${max} ports can be forwarded over one connection`);
  return texts.map((text) => {
    const port = Number(text);
    if (/^\d+$/.test(text) && port > 0 && port < 65536) return port;
    throw badRequest(`unable to parse ${JSON.stringify(text)} as a port`);
  });
}
