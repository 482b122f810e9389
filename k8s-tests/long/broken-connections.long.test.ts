import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../support/wait.ts";
import { breakHttp1 } from "./fuzz/broken-http1.ts";
import { breakHttp2 } from "./fuzz/broken-http2.ts";
import { breakUpgrade } from "./fuzz/broken-upgrades.ts";
import { Dice } from "./fuzz/dice.ts";
import { FuzzedServer } from "./fuzz/fuzzed-server.ts";
import { assertHealthy } from "./fuzz/healthy.ts";
import { RawConnection } from "./fuzz/raw-connection.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const connections = Number(process.env["FUZZ_CONNECTIONS"] ?? 6_000);
const workers = 8;
const growthBytesMax = 40 * 2 ** 20;

test("connections on which nobody keeps to a protocol leave nothing behind", {
  timeout: 3_600_000,
}, async (context) => {
  const server = await FuzzedServer.start(["--runtime", "hollow"]);
  try {
    await startVictim(server);
    await attack(server, Math.ceil(connections / 10), seed + 1_000_000);
    const before = await server.settled();
    await server.longestPause();
    const upgraded = await attack(server, connections, seed);
    const pauseSeconds = await server.longestPause();
    const after = await server.settled();
    context.diagnostic(`seed ${seed}: ${JSON.stringify({ upgraded, pauseSeconds, before, after })}`);
    assert.ok(upgraded > connections / 100, "some connections go on in another protocol");
    assert.equal(after.watchers, before.watchers);
    // The server asks silent connections for a sign of life before it closes them.
    const areClosed = async () => (await server.holdings()).sockets <= before.sockets;
    await waitFor("all sockets are closed", areClosed, 240_000);
    assert.ok(
      after.heapBytes < before.heapBytes + growthBytesMax,
      `${before.heapBytes} bytes became ${after.heapBytes}`,
    );
    assert.ok(pauseSeconds < 5, `the event loop stood still for ${pauseSeconds} s`);
    await assertHealthy(server);
  } finally {
    await server.stop();
  }
});

/** A pod that runs, for commands and ports. */
async function startVictim(server: FuzzedServer): Promise<void> {
  const pods = "/api/v1/namespaces/default/pods";
  const spec = { containers: [{ name: "main", image: "none" }] };
  await waitFor("a pod can be made", async () =>
    (await server.ask("POST", pods, { metadata: { name: "victim" }, spec })).includes('"uid"'),
  );
  await waitFor("it runs", async () => (await server.ask("GET", `${pods}/victim`)).includes('"phase":"Running"'));
}

/** Answers how many connections went on in another protocol. */
async function attack(server: FuzzedServer, total: number, from: number): Promise<number> {
  let upgraded = 0;
  const work = async (_: unknown, number: number) => {
    const dice = new Dice(from * 1000 + number);
    for (let left = total / workers; left > 0; left--) {
      if (await attackOnce(server, dice)) upgraded++;
      if (server.program.ended) assert.fail(`the server has ended: ${server.program.output.slice(-3000)}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return upgraded;
}

async function attackOnce(server: FuzzedServer, dice: Dice): Promise<boolean> {
  const kind = dice.pick(["http1", "http2", "upgrade"]);
  const connection = await RawConnection.open(server.admittance, kind === "http2" ? "h2" : "http/1.1");
  let isUpgraded = false;
  if (kind === "http1") await breakHttp1(dice, connection);
  else if (kind === "http2") await breakHttp2(dice, connection);
  else isUpgraded = await breakUpgrade(dice, connection);
  // Long enough for the server to have begun with it, at times.
  await sleep(dice.pick([0, 0, 5, 50]));
  if (dice.chance(0.7)) connection.drop();
  else connection.end();
  return isUpgraded;
}
