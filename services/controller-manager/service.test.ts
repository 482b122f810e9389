import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Deployment } from "../../gen/typernetes/apps/v1/deployment.ts";
import { systemClock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { startTestApiserver, type TestApiserver } from "../apiserver/test-harness.ts";
import { controllerManagerDefaults } from "./options.ts";
import { type ControllerManager, startControllerManager } from "./service.ts";
import { eventuallyHolds } from "./testing/test-cluster.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

function start(identity: string, leaderElect = true): ControllerManager {
  const deps = { client, clock: systemClock, random: Math.random, logger: silentLogger };
  return startControllerManager(deps, { ...controllerManagerDefaults, leaderElect, identity });
}

function deployment(name: string): Deployment {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  return { metadata: { name, namespace }, spec: { replicas: 2, selector: { matchLabels: labels }, template } };
}

function podsBecome(app: string, count: number): Promise<void> {
  return eventuallyHolds(async () => {
    const { items } = await client.core.v1.pods.list({ namespace, labelSelector: `app=${app}` });
    assert.equal(items.filter(({ metadata }) => !metadata?.deletionTimestamp).length, count);
  });
}

test("of two controller managers one works; when it stops the other goes on", async () => {
  const first = start("first");
  await client.apps.v1.deployments.create(deployment("one"));
  await podsBecome("one", 2);
  const second = start("second");
  await first.stop();
  await client.apps.v1.deployments.create(deployment("two"));
  await podsBecome("two", 2);
  await second.stop();
});

test("a deleted deployment takes replica sets and pods along", async () => {
  const manager = start("alone", false);
  await client.apps.v1.deployments.create(deployment("gone"));
  await podsBecome("gone", 2);
  await eventuallyHolds(async () => {
    const { items } = await client.core.v1.events.list({ namespace, fieldSelector: "involvedObject.name=gone" });
    assert.deepEqual(
      items.map(({ source }) => source?.component),
      ["deployment-controller"],
    );
  });
  await client.apps.v1.deployments.delete("gone", { namespace });
  await podsBecome("gone", 0);
  await eventuallyHolds(async () => {
    const { items } = await client.apps.v1.replicasets.list({ namespace, labelSelector: "app=gone" });
    assert.equal(items.length, 0);
  });
  await manager.stop();
});
