import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SchedulerServiceDefinition } from "../../gen/typernetes/scheduler/v1/scheduler.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isStatusError } from "../../lib/base/status-error.ts";
import type { Client } from "../../lib/client/client.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { startTestApiserver, type TestApiserver } from "../apiserver/test-harness.ts";
import { type SchedulerService, startScheduler } from "./service.ts";
import { newNode, newPod } from "./testing/objects.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
  await client.core.v1.nodes.create(newNode("node-1"));
});
after(() => server.close());

function start(identity: string, leaderElect = true): SchedulerService {
  const deps = { client, clock: systemClock, random: Math.random, logger: silentLogger };
  return startScheduler(deps, { leaderElect, identity });
}

async function becomesPlaced(name: string): Promise<void> {
  const { metadata, ...pod } = newPod(name);
  await client.core.v1.pods.create({ ...pod, metadata: { ...metadata, uid: undefined } });
  await eventually(async () => (await client.core.v1.pods.get(name, { namespace })).spec?.nodeName);
}

function explain({ router }: SchedulerService, name: string) {
  const scheduler = createClient(inProcessTransport(router, { user: "test", groups: [] }));
  return scheduler.call(SchedulerServiceDefinition, "explain", { namespace, name });
}

test("of two schedulers one works; when it stops the other goes on, and only it can explain", async () => {
  const first = start("first");
  await becomesPlaced("one");
  const second = start("second");
  await assert.rejects(explain(second, "one"), (error) => isStatusError(error, "ServiceUnavailable"));
  const { selectedNode, message } = await explain(first, "one");
  assert.deepEqual([selectedNode, message], ["node-1", "1/1 nodes are available"]);
  await first.stop();
  await assert.rejects(explain(first, "one"), (error) => isStatusError(error, "ServiceUnavailable"));
  await becomesPlaced("two");
  await second.stop();
});

test("without election it works at once, and stops", async () => {
  const scheduler = start("alone", false);
  await becomesPlaced("three");
  await assert.rejects(explain(scheduler, "missing"), (error) => isStatusError(error, "NotFound"));
  await scheduler.stop();
});
