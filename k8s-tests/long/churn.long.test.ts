import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Stage } from "../story/stage.ts";
import { startEtcd } from "../support/etcd.ts";
import { MetricsAdapter } from "../support/metrics-adapter.ts";
import { waitFor } from "../support/wait.ts";
import { loadMetric, type Room } from "./churn/blueprints.ts";
import { Disturbances } from "./churn/disturbances.ts";
import { millis } from "./churn/invariants.ts";
import { Journal } from "./churn/journal.ts";
import { growth, type Holding, holdings } from "./churn/memory.ts";
import { namespaces, operate } from "./churn/operations.ts";
import { brokenAtRest, furnish, patiently, repair } from "./churn/rest.ts";
import { Dice } from "./fuzz/dice.ts";

const seed = Number(process.env["CHURN_SEED"] ?? 1);
const minutes = Number(process.env["CHURN_MINUTES"] ?? 10);
const nodes = Number(process.env["CHURN_NODES"] ?? 20);
/** Where the logs of the services stay when the cluster has gone; nowhere when absent. */
const logsDir = process.env["CHURN_LOGS"];
/** Between two looks at a cluster at rest. */
const roundMs = 100_000;
const operationMs = 250;
const disturbanceMs = 9_000;

test("whatever users and failures do, a cluster comes to rest as it is wanted", { timeout: 3_600_000 }, async (t) => {
  t.diagnostic(`CHURN_SEED=${seed} CHURN_MINUTES=${minutes} CHURN_NODES=${nodes}`);
  const etcd = await startEtcd();
  let stage: Stage | undefined;
  let adapter: MetricsAdapter | undefined;
  try {
    stage = await Stage.start({ runtime: "process", nodes, separate: { etcd: etcd.address } });
    adapter = await MetricsAdapter.start(stage.client);
    for (const namespace of namespaces) adapter.values.set(loadMetric(namespace), "1");
    await churn(stage, adapter.values, (line) => t.diagnostic(line));
  } finally {
    await adapter?.stop();
    if (logsDir && stage) cpSync(join(stage.dataDir, "logs"), logsDir, { recursive: true });
    const left = await stage?.stop();
    await etcd.stop();
    assert.deepEqual(left, [], "nothing is left behind");
  }
});

async function churn(stage: Stage, loads: Map<string, string>, tell: (line: string) => void): Promise<void> {
  const { client, dataDir } = stage;
  const { kernelPrefix } = JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8"));
  const [dice, journal] = [new Dice(seed), new Journal()];
  const disturbances = new Disturbances(stage, new Dice(seed + 1), journal);
  const room = await roomOf(stage);
  const endMs = Date.now() + minutes * 60_000;
  let first: ReadonlyMap<string, Holding> | undefined;
  try {
    for (let round = 1; Date.now() < endMs; round++) {
      await goOn({
        churn: { client, dice, journal, room, loads },
        disturbances,
        untilMs: Math.min(Date.now() + roundMs, endMs),
      });
      disturbances.bringBack(true);
      await furnish(client);
      await repair(client);
      const { broken, state } = await brokenAtRest(client, { dataDir, kernelPrefix }, loads);
      assert.equal(broken.length, 0, [...broken, "", ...journal.about(broken.join("\n"))].join("\n"));
      const held = holdings(stage);
      first ??= held;
      const grown = growth(first, held);
      assert.deepEqual(grown, []);
      const { items } = await patiently(() => client.core.v1.events.list({ fieldSelector: "reason=Preempted" }));
      const counts = `${journal.count} operations, ${state.pods.length} pods, ${state.services.length} services`;
      tell(`round ${round}: ${counts}, ${items.length} pods made way for others lately`);
    }
  } finally {
    // A stopped process cannot end.
    disturbances.bringBack(true);
  }
}

/** Once all nodes are there. */
async function roomOf({ client }: Stage): Promise<Room> {
  const { items } = await waitFor(
    "all nodes are there",
    async () => {
      const found = await client.core.v1.nodes.list();
      return found.items.length === nodes && found;
    },
    120_000,
  );
  return { nodes, nodeMillis: Math.min(...items.map(({ status }) => millis(status?.allocatable?.["cpu"]))) };
}

interface Round {
  churn: Parameters<typeof operate>[0];
  disturbances: Disturbances;
  untilMs: number;
}

/** Users and failures, at the same time. */
async function goOn({ churn, disturbances, untilMs }: Round): Promise<void> {
  const users = async () => {
    for (let count = 0; Date.now() < untilMs; count++) {
      if (count % 20 === 0) await furnish(churn.client).catch(() => {});
      await operate(churn);
      await sleep(operationMs);
    }
  };
  const failures = async () => {
    while (Date.now() < untilMs) {
      await sleep(disturbanceMs);
      disturbances.bringBack();
      await disturbances.disturb();
    }
  };
  await Promise.all([users(), failures()]);
}
