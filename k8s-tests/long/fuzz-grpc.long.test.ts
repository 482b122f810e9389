import assert from "node:assert/strict";
import { test } from "node:test";
import { clear } from "./fuzz/clear.ts";
import { Dice } from "./fuzz/dice.ts";
import { furnish } from "./fuzz/furnish.ts";
import { FuzzedServer } from "./fuzz/fuzzed-server.ts";
import { GrpcClient, withoutStatus } from "./fuzz/grpc-client.ts";
import { assertHealthy } from "./fuzz/healthy.ts";
import { oddCall } from "./fuzz/odd-call.ts";
import type { FuzzedKind } from "./fuzz/odd-request.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const calls = Number(process.env["FUZZ_CALLS"] ?? 20_000);
const workers = 12;
const listeningMs = 50;
const growthBytesMax = 40 * 2 ** 20;
const pauseSecondsMax = 5;

test("odd calls end in no crash, no internal error and no leak", { timeout: 3_600_000 }, async (context) => {
  const server = await FuzzedServer.start();
  try {
    await furnish(server);
    const kinds = await server.kinds();
    await fuzz(server, kinds, Math.ceil(calls / 10), seed + 1_000_000);
    await clear(server, kinds);
    const before = await server.settled();
    await server.longestPause();
    const counts = await fuzz(server, kinds, calls, seed);
    const pauseSeconds = await server.longestPause();
    await clear(server, kinds);
    const after = await server.settled();
    context.diagnostic(
      `seed ${seed}: ${JSON.stringify({ counts: Object.fromEntries(counts), pauseSeconds, before, after })}`,
    );
    assert.ok((counts.get(0) ?? 0) > calls / 20, "many calls are good ones");
    assert.ok((counts.get(withoutStatus) ?? 0) < calls / 10, "most calls are answered");
    assert.equal(after.watchers, before.watchers);
    assert.ok(after.sockets <= before.sockets, `${before.sockets} sockets became ${after.sockets}`);
    assert.ok(
      after.heapBytes < before.heapBytes + growthBytesMax,
      `${before.heapBytes} bytes became ${after.heapBytes}`,
    );
    assert.ok(pauseSeconds < pauseSecondsMax, `the event loop stood still for ${pauseSeconds} s`);
    await assertHealthy(server);
  } finally {
    await server.stop();
  }
});

/** Makes so many calls; answers how many ended with which code. @throws AssertionError on an internal error. */
async function fuzz(
  server: FuzzedServer,
  kinds: readonly [FuzzedKind, ...FuzzedKind[]],
  total: number,
  from: number,
): Promise<Map<number, number>> {
  const clients = [new GrpcClient(server.grpcAdmittance), new GrpcClient(server.grpcAdmittance)];
  const counts = new Map<number, number>();
  const work = async (client: GrpcClient, number: number) => {
    const dice = new Dice(from * 1000 + number);
    for (let made = 0; made < total / workers; made++) {
      const odd = oddCall(dice, kinds);
      const { code, message } = await client.call(odd, listeningMs);
      counts.set(code, (counts.get(code) ?? 0) + 1);
      const told = () =>
        `${odd.path} ${JSON.stringify(odd.headers)} ${odd.bytes.toString("base64").slice(0, 3000)}\n${message}\n${server.program.output.slice(-3000)}`;
      if (server.program.ended) assert.fail(`the server has ended: ${told()}`);
      if (message.startsWith("Internal error")) assert.fail(told());
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, (_, number) => work(clients[number % 2]!, number)));
  } finally {
    for (const client of clients) client.close();
  }
  return counts;
}
