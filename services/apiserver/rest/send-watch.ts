import type { Status } from "../../../gen/typernetes/meta/v1/status.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import { toStatusError } from "../../../lib/grpc/status.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { DeferredStream } from "../request-path.ts";
import type { EventFrame, WatchEventMessage } from "../watch-cache/cache-event.ts";
import { WatchMessage, type WatchResponse } from "../watch-cache/delivery.ts";
import { failureOf, statusType } from "./answer-status.ts";
import type { Exchange } from "./exchange.ts";
import { protobufFrame, protobufObjectFrame } from "./kubernetes-protobuf.ts";
import { json, protobuf } from "./media-types.ts";
import { jsonLine, type Representation } from "./representation.ts";
import { partialObject } from "./tables.ts";

/** The events of a watch as its handler answers them. */
export type WatchStream = AsyncIterable<WatchResponse | EncodedMessage<WatchResponse>>;

/** Streams the events of a watch until it ends or the client goes. A failure on the way is the last event. */
export async function sendWatch(
  exchange: Exchange,
  representation: Representation,
  stream: WatchStream,
  logger: Logger,
): Promise<void> {
  const { encoding } = representation;
  exchange.beLongRunning();
  if (stream instanceof DeferredStream) await stream.open();
  exchange.begin(200, encoding === protobuf ? `${encoding};stream=watch` : json);
  const { response } = exchange;
  if ("flushHeaders" in response) response.flushHeaders();
  const writer = new FrameWriter(representation);
  try {
    for await (const message of stream) {
      if (exchange.gone) return;
      if (!exchange.write(writer.bytesOf(message))) await drained(exchange);
    }
  } catch (error) {
    if (exchange.gone) return;
    exchange.write(writer.failure(failureOf(toStatusError(error, `watch ${exchange.path}`, logger))));
  }
  response.end();
}

/** Makes frames of events: once for all watches that want the same. */
export class FrameWriter {
  readonly #representation: Representation;
  #hasDefinitions = false;

  constructor(representation: Representation) {
    this.#representation = representation;
  }

  bytesOf(message: WatchResponse | EncodedMessage<WatchResponse>): Uint8Array {
    const representation = this.#representation;
    const withDefinitions = representation.shape.kind === "table" && !this.#hasDefinitions;
    this.#hasDefinitions = true;
    if (message instanceof WatchMessage) {
      const form = withDefinitions ? `${representation.key};first` : representation.key;
      return message.inForm(form, (frames) =>
        joined(frames.map((frame, index) => this.#frame(frame, withDefinitions && index === 0))),
      );
    }
    const { events } = message instanceof EncodedMessage ? message.value : message;
    return joined(events.map((event, index) => this.#event(event, withDefinitions && index === 0)));
  }

  failure(status: Status): Uint8Array {
    if (this.#representation.encoding === protobuf) return protobufObjectFrame("ERROR", statusType, status);
    return jsonFrame("ERROR", Buffer.from(JSON.stringify(status)));
  }

  #frame(frame: EventFrame, withDefinitions: boolean): Uint8Array {
    const { encoding, shape, type } = this.#representation;
    if (encoding === protobuf && shape.kind === "object") return protobufFrame(type, frame);
    if (shape.kind === "object" && frame.encoded) {
      const line = frame.encoded("json", jsonLine);
      return jsonFrame(frame.type, line.subarray(0, line.length - 1));
    }
    return this.#event(frame.message, withDefinitions);
  }

  #event({ type, object }: WatchEventMessage, withDefinitions: boolean): Uint8Array {
    const { encoding, type: protobufType } = this.#representation;
    const shaped = this.#shaped(object, withDefinitions);
    if (encoding === protobuf) return protobufObjectFrame(type, protobufType, shaped);
    const line = jsonLine(shaped);
    return jsonFrame(type, line.subarray(0, line.length - 1));
  }

  #shaped(object: ApiObject, withDefinitions: boolean): object {
    const { shape } = this.#representation;
    if (shape.kind === "object" || object?.kind === "Status") return object;
    if (shape.kind === "metadata") return partialObject(object, shape.apiVersion);
    const { resourceVersion } = object.metadata ?? {};
    return shape.format.table(
      { ...(resourceVersion && { resourceVersion }) },
      [shape.format.row(object)],
      withDefinitions,
    );
  }
}

const lineEnd = Buffer.from("}\n");

function jsonFrame(type: string, object: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, lineEnd]);
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}

function drained({ response, signal }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.removeListener("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
