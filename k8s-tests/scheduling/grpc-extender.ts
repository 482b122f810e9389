import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  ExtenderServiceDefinition,
  FilterRequest,
  FilterResponse,
  PrioritizeRequest,
  PrioritizeResponse,
} from "../../gen/typernetes/scheduler/v1/extender.ts";

/** What an extender answers. */
export interface ExtenderAnswers {
  filter(request: FilterRequest): FilterResponse;
  prioritize(request: PrioritizeRequest): PrioritizeResponse;
}

/** A program beside the scheduler that has a say in where pods go, by gRPC as it is on the wire. */
export class GrpcExtender {
  readonly #server: Http2Server = createServer();

  /** Serves on a free port of loopback; answers its URL. */
  async start(answers: ExtenderAnswers): Promise<string> {
    const methods: Readonly<Record<string, (body: Buffer) => Uint8Array>> = {
      Filter: (body) => FilterResponse.encode(answers.filter(FilterRequest.decode(body))).finish(),
      Prioritize: (body) => PrioritizeResponse.encode(answers.prioritize(PrioritizeRequest.decode(body))).finish(),
    };
    this.#server.on("stream", (stream, headers) => {
      const [, service, method = ""] = (headers[":path"] ?? "").split("/");
      const answer = service === ExtenderServiceDefinition.fullName ? methods[method] : undefined;
      serve(stream, answer);
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    // An address of TCP: it was asked for by number.
    const { port } = this.#server.address() as AddressInfo;
    return `grpc://127.0.0.1:${port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** One call with one message each way: five bytes of frame before each message. */
function serve(stream: ServerHttp2Stream, answer: ((body: Buffer) => Uint8Array) | undefined): void {
  const chunks: Buffer[] = [];
  stream.on("error", () => {});
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    const message = answer?.(Buffer.concat(chunks).subarray(5));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": message ? "0" : "12" }));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message?.length ?? 0, 1);
    stream.end(message ? Buffer.concat([head, message]) : undefined);
  });
}
