import { toStatusError } from "../../../../lib/grpc/status.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import { DeferredStream } from "../../request-path.ts";
import { failureOf } from "../answer-status.ts";
import type { Exchange } from "../exchange.ts";
import { protobuf } from "../media-types.ts";
import type { Representation } from "../representation.ts";
import { FrameWriter, type WatchStream } from "../send-watch.ts";
import { acceptWebSocket, chooseProtocol } from "./websocket/accept.ts";
import { MessageSocket } from "./websocket/message-socket.ts";

const lengthBytes = 4;
const lineEnd = "\n".charCodeAt(0);

/** Sends the events of a watch over a WebSocket, each in a message of its own: of text, or of bytes for protobuf. */
export async function sendWebSocketWatch(
  exchange: Exchange,
  representation: Representation,
  stream: WatchStream,
  logger: Logger,
): Promise<void> {
  if (stream instanceof DeferredStream) await stream.open();
  const webSocket = await acceptWebSocket(exchange, chooseProtocol(exchange));
  const socket = new MessageSocket(webSocket, () => undefined);
  const writer = new FrameWriter(representation);
  const isText = representation.encoding !== protobuf;
  const send = async (frames: Uint8Array) => {
    for (const event of isText ? linesOf(frames) : messagesOf(frames)) await socket.send(event);
  };
  try {
    for await (const message of stream) {
      if (exchange.gone) return;
      await send(writer.bytesOf(message));
    }
  } catch (error) {
    if (exchange.gone) return;
    await send(writer.failure(failureOf(toStatusError(error, `watch ${exchange.path}`, logger))));
  }
  socket.end();
}

/** Events in JSON have no line ends within. */
function* linesOf(frames: Uint8Array): Generator<string> {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(lineEnd, at) + 1 || bytes.length;
    yield bytes.toString("utf8", at, end);
    at = end;
  }
}

/** Elsewhere their length stands before them, which messages have anyway. */
function* messagesOf(frames: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length);
  for (let at = 0; at < bytes.length; ) {
    const start = at + lengthBytes;
    at = start + bytes.readUInt32BE(at);
    yield bytes.subarray(start, at);
  }
}
