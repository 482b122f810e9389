import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { Dice } from "./fuzz/dice.ts";
import { FuzzedServer, type Holdings } from "./fuzz/fuzzed-server.ts";
import { type FuzzedKind, oddRequest } from "./fuzz/odd-request.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const requests = Number(process.env["FUZZ_REQUESTS"] ?? 200_000);
const connections = 16;
/** What the heap may grow by; less than 200 bytes for each request. */
const growthBytesMax = 40 * 2 ** 20;

test("odd requests end in no crash, no 500 and no leak", { timeout: 1_800_000 }, async (context) => {
  const server = await FuzzedServer.start(connections);
  try {
    const [first, ...rest] = await server.kinds();
    assert.ok(first);
    const kinds = [first, ...rest] as const;
    // All that is made once and kept is made before the first look.
    await fuzz(server, kinds, Math.ceil(requests / 10), seed + 1_000_000);
    await clear(server, kinds);
    const before = await settled(server);
    const counts = await fuzz(server, kinds, requests, seed);
    await clear(server, kinds);
    const after = await settled(server);
    context.diagnostic(`seed ${seed}: ${JSON.stringify({ counts: Object.fromEntries(counts), before, after })}`);
    assert.equal(server.program.ended, false);
    assert.ok((counts.get(200) ?? 0) > requests / 20, "many requests are good ones");
    assert.ok((counts.get(0) ?? 0) < requests / 50, "few connections are closed without an answer");
    assert.deepEqual([after.longRunning, after.inflight], [0, 0]);
    assert.ok(after.sockets <= before.sockets + connections, `${before.sockets} sockets became ${after.sockets}`);
    assert.ok(
      after.heapBytes < before.heapBytes + growthBytesMax,
      `${before.heapBytes} bytes became ${after.heapBytes}`,
    );
    assert.doesNotMatch(server.program.output, /"level":"(error|fatal)"/);
  } finally {
    await server.stop();
  }
});

/** Sends so many requests; answers how many were answered with which status. @throws AssertionError on a 500. */
async function fuzz(server: FuzzedServer, kinds: readonly [FuzzedKind, ...FuzzedKind[]], total: number, from: number) {
  const counts = new Map<number, number>();
  const worker = async (_: unknown, number: number) => {
    const dice = new Dice(from * 1000 + number);
    for (let sent = 0; sent < total / connections; sent++) {
      const odd = oddRequest(dice, kinds);
      const { status, text } = await server.send(odd);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      const told = { ...odd, body: odd.body?.toString("latin1").slice(0, 3000) };
      assert.ok(!server.program.ended, `the server has ended: ${server.program.output.slice(-3000)}`);
      assert.notEqual(
        status,
        500,
        `${JSON.stringify(told)}\n${text.slice(0, 2000)}\n${server.program.output.slice(-3000)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return counts;
}

/** Deletes what the requests have made, with what holds it. */
async function clear(server: FuzzedServer, kinds: readonly FuzzedKind[]): Promise<void> {
  for (const { group, version, plural, namespaced } of kinds) {
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const list = JSON.parse(await server.ask("GET", `${base}/${plural}?limit=500`)) as { items?: Held[] };
    for (const { metadata } of list.items ?? []) {
      if (!metadata.name.startsWith("fuzz")) continue;
      const namespace = namespaced ? `/namespaces/${metadata.namespace}` : "";
      const path = `${base}${namespace}/${plural}/${metadata.name}`;
      await server.ask("DELETE", `${path}?gracePeriodSeconds=0`);
      if (metadata.finalizers) await server.ask("PUT", path, { metadata: { ...metadata, finalizers: [] } });
    }
  }
}

interface Held {
  metadata: { name: string; namespace?: string; finalizers?: string[] };
}

/** What the server holds once all clients have gone. */
async function settled(server: FuzzedServer): Promise<Holdings> {
  let holdings = await server.holdings();
  const isQuiet = async () => {
    holdings = await server.holdings();
    return holdings.longRunning === 0 && holdings.inflight === 0;
  };
  await waitFor("the server has let go of its clients", isQuiet).catch((error: unknown) => {
    throw new Error(`it still has ${JSON.stringify(holdings)}`, { cause: error });
  });
  return holdings;
}
