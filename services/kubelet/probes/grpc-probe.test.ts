import assert from "node:assert/strict";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { after, before, test } from "node:test";
import { grpcProblem } from "./grpc-probe.ts";

const server = createServer();
let port = 0;
/** What services were asked for. */
const asked: string[] = [];

/** Answers by the service's name: `serving`, `ill`, `silent`, or no such method. */
function answer(stream: ServerHttp2Stream, service: string): void {
  asked.push(service);
  if (service === "silent") return;
  if (service === "unknown") return stream.respond({ "grpc-status": "12", "grpc-message": "no" }, { endStream: true });
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, service === "ill" ? 2 : 1]));
}

before(async () => {
  server.on("stream", (stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => {});
    stream.on("end", () => answer(stream, Buffer.concat(chunks).subarray(7).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
});
after(() => server.close());

const problems: [service: string, problem: string | undefined][] = [
  ["", undefined],
  ["serving", undefined],
  ["ill", 'service unhealthy (responded with "NOT_SERVING")'],
  ["unknown", "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no"],
];
for (const [service, problem] of problems) {
  test(`a gRPC service that is ${service || "not named"}: ${problem ?? "well"}`, async () => {
    assert.equal(await grpcProblem("127.0.0.1", port, service, 60_000), problem);
    assert.equal(asked.at(-1), service);
  });
}

test("a gRPC service that does not answer in time is not well", async () => {
  const late = `timeout: failed to connect service "127.0.0.1:${port}" within 0.05s: context deadline exceeded`;
  assert.equal(await grpcProblem("127.0.0.1", port, "silent", 50), late);
});

test("nobody there is not well", async () => {
  assert.match(
    (await grpcProblem("127.0.0.1", 1, "", 60_000)) ?? "",
    /^error: failed to connect service at "127.0.0.1:1"/,
  );
});
