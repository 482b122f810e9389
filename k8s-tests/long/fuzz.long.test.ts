import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { clear } from "./fuzz/clear.ts";
import { Dice } from "./fuzz/dice.ts";
import { type DoorClient, told } from "./fuzz/door-client.ts";
import { furnish } from "./fuzz/furnish.ts";
import { FuzzedServer } from "./fuzz/fuzzed-server.ts";
import { assertHealthy } from "./fuzz/healthy.ts";
import { Http1Client } from "./fuzz/http1-client.ts";
import { Http2Client } from "./fuzz/http2-client.ts";
import { type FuzzedKind, type OddRequest, oddRequest } from "./fuzz/odd-request.ts";
import { addSamples } from "./fuzz/samples.ts";
import { Tally } from "./fuzz/tally.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const requests = Number(process.env["FUZZ_REQUESTS"] ?? 200_000);
/** Half of them over HTTP/2. */
const workers = 16;
/** How long an answer that goes on is listened to. */
const listeningMs = 50;
/** What the heap may grow by; less than 200 bytes for each request. */
const growthBytesMax = 40 * 2 ** 20;
/** The event loop never stands still for longer, on a machine that has much else to do. */
const pauseSecondsMax = 5;
/** Of all figures: they tell of kinds, verbs and codes, not of what clients make up. The durations stand there twice. */
const figuresBytesMax = 16 * 2 ** 20;

test("odd requests end in no crash, no 500 and no leak", { timeout: 3_600_000 }, async (context) => {
  const server = await FuzzedServer.start();
  try {
    await furnish(server);
    const kinds = await server.kinds();
    await addSamples(server, kinds);
    // All that is made once and kept is made before the first look.
    await fuzz(server, kinds, Math.ceil(requests / 10), seed + 1_000_000);
    await clear(server, kinds);
    const before = await server.settled();
    await server.longestPause();
    const tally = await fuzz(server, kinds, requests, seed);
    const pauseSeconds = await server.longestPause();
    await clear(server, kinds);
    const after = await server.settled();
    context.diagnostic(
      `seed ${seed}, ${requests} requests: ${JSON.stringify({ ...tally.told(), pauseSeconds, before, after })}`,
    );
    assert.ok(tally.share(200) > 0.05, "many requests are good ones");
    assert.ok(tally.share(0) < 0.02, "few connections are closed without an answer");
    assert.deepEqual([after.longRunning, after.inflight, after.watchers], [0, 0, before.watchers]);
    // Connections that are kept, and that of whoever looks in, come and go.
    const areClosed = async () => (await server.holdings()).sockets <= before.sockets;
    await waitFor("all sockets are closed", areClosed, 240_000);
    assert.ok(
      after.heapBytes < before.heapBytes + growthBytesMax,
      `${before.heapBytes} bytes became ${after.heapBytes}`,
    );
    assert.ok(after.figuresBytes < figuresBytesMax, `${after.figuresBytes} bytes of figures`);
    assert.ok(pauseSeconds < pauseSecondsMax, `the event loop stood still for ${pauseSeconds} s`);
    await assertHealthy(server);
  } finally {
    await server.stop();
  }
});

/** Sends so many requests; answers what came of them. @throws AssertionError on a 500. */
async function fuzz(
  server: FuzzedServer,
  kinds: readonly [FuzzedKind, ...FuzzedKind[]],
  total: number,
  from: number,
): Promise<Tally> {
  const clients = [new Http1Client(server.admittance, workers), new Http2Client(server.admittance)];
  const tally = new Tally();
  const unanswered = new Set<OddRequest>();
  const work = async (client: DoorClient, number: number) => {
    const dice = new Dice(from * 1000 + number);
    for (let sent = 0; sent < total / workers; sent++) {
      const odd = oddRequest(dice, kinds);
      const begun = performance.now();
      unanswered.add(odd);
      const { status, text } = await client.send(odd, listeningMs).catch(async (error: unknown) => {
        const others = [...unanswered].map(told).join("\n");
        throw new Error(`${error}\nthe server is in\n${await server.stack()}\nand has these:\n${others}`, {
          cause: error,
        });
      });
      unanswered.delete(odd);
      tally.add(odd, status, performance.now() - begun);
      const seen = () => `${told(odd)}\n${text.slice(0, 2000)}\n${server.program.output.slice(-3000)}`;
      if (server.program.ended) assert.fail(`the server has ended: ${seen()}`);
      if (status === 500) assert.fail(seen());
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, (_, number) => work(clients[number % 2]!, number)));
  } finally {
    for (const client of clients) client.close();
  }
  return tally;
}
