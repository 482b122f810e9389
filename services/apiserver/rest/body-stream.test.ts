import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { BodyStream } from "./body-stream.ts";
import { Exchange } from "./exchange.ts";

/** Sizes of what is added: little, a piece exactly, more than a piece, and nothing. */
const cases: Readonly<Record<string, readonly number[]>> = {
  empty: [],
  small: [5, 0, 7],
  pieces: Array.from({ length: 500 }, () => 3_001),
  full: [128 * 1024 - 12, 128 * 1024 - 12, 128 * 1024 - 13, 128 * 1024 - 11],
  large: [10, 1_000_000, 3, 200_000, 200_000],
};

test("an answer arrives as it was written, whatever its size, and the connection goes on", {
  timeout: 60_000,
}, async (t) => {
  const server = createServer(async (request, response) => {
    const body = new BodyStream(new Exchange(request, response), "text/plain");
    for (const part of partsOf(request.url!.slice(1))) {
      body.add(part);
      if (body.mustWait) await body.ready();
    }
    body.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  let connection: unknown;
  for (const name of [...Object.keys(cases), ...Object.keys(cases)]) {
    const [response]: [IncomingMessage] = (await once(
      get({ port, host: "127.0.0.1", path: `/${name}`, agent }),
      "response",
    )) as [IncomingMessage];
    connection ??= response.socket;
    assert.equal(response.socket, connection);
    const received = Buffer.concat(await response.toArray());
    assert.ok(received.equals(Buffer.concat(partsOf(name))), name);
  }
});

/** Each part of other bytes than the one before. */
function partsOf(name: string): Buffer[] {
  return cases[name]!.map((size, index) => Buffer.alloc(size, 65 + (index % 26)));
}
