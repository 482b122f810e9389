import type { PodExecOptions } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { type CommandChannels, commandOptions, openCommand, relayCommand } from "./remote-command.ts";
import { terminalSizes } from "./terminal-sizes.ts";
import { acceptWebSocket, chooseProtocol } from "./websocket/accept.ts";
import { Channels } from "./websocket/channels.ts";

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const oldestProtocol = "channel.k8s.io";
const protocols = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  oldestProtocol,
  "base64.channel.k8s.io",
];

/** Serves exec and attach over a WebSocket. @throws StatusError while the answer is still HTTP's. */
export async function serveWebSocketCommand(request: ResourceRequest): Promise<void> {
  const { core, exchange } = request;
  const options = commandOptions(request);
  const protocol = chooseProtocol(exchange, protocols);
  const call = await openCommand(request, options);
  const webSocket = await acceptWebSocket(exchange, protocol);
  const incoming = [...(options.stdin ? [channel.stdin] : []), ...(options.tty ? [channel.resize] : [])];
  const form = protocol?.includes("base64") ? "base64" : "binary";
  const channels = new Channels(webSocket, form, incoming, protocol === "v5.channel.k8s.io");
  // Clients take the first message, even an empty one, for the sign that all is in place.
  await channels.send(options.stdout ? channel.stdout : channel.stderr, Buffer.alloc(0));
  await relayCommand(call, channelsOf(channels, options, protocol ?? oldestProtocol), core.logger);
}

function channelsOf(channels: Channels, options: PodExecOptions, protocol: string): CommandChannels {
  const resize = channels.incoming(channel.resize);
  return {
    stdin: channels.incoming(channel.stdin),
    sizes: resize && terminalSizes(resize),
    stdout: options.stdout ? (bytes) => channels.send(channel.stdout, bytes) : undefined,
    stderr: options.stderr ? (bytes) => channels.send(channel.stderr, bytes) : undefined,
    finish(status) {
      const isOld = !/^v[45]\./.test(protocol);
      const text = isOld ? (status.status !== "Success" && status.message) || "" : JSON.stringify(status);
      if (text) void channels.send(channel.error, Buffer.from(text));
      channels.end();
    },
  };
}
