import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findCondition } from "../../../lib/api/conditions.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createNamespaceController } from "./controller.ts";
import { startTestExtension, type TestExtension } from "./test-extension.ts";

const apiService = "v1alpha1.wardle.example.com";
const groupVersion = "wardle.example.com/v1alpha1";

let cluster: TestCluster;
let extension: TestExtension;

before(async () => {
  extension = await startTestExtension();
  cluster = await startTestCluster([createNamespaceController]);
  const { client } = cluster;
  await client.core.v1.namespaces.create({ metadata: { name: "default" } }).catch(() => {});
  await client.core.v1.services.create({
    metadata: { name: "flunders", namespace: "default" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  await client.apiregistration.v1.apiservices.create({
    metadata: { name: apiService },
    spec: {
      ...{ group: "wardle.example.com", version: "v1alpha1", groupPriorityMinimum: 1200, versionPriority: 15 },
      ...{ service: { namespace: "default", name: "flunders", port: extension.port }, caBundle: extension.caBundle },
    },
  });
  await becomesAvailable("True");
});
after(async () => {
  await cluster.close();
  await extension.close();
});

/** The aggregator looks again after a change of the service. */
async function becomesAvailable(status: "True" | "False"): Promise<void> {
  const { apiregistration, core } = cluster.client;
  const namespace = "default";
  await core.v1.services.patch("flunders", { metadata: { labels: { available: status } } }, { namespace });
  await eventuallyHolds(async () => {
    const service = await apiregistration.v1.apiservices.get(apiService);
    assert.equal(findCondition(service.status?.conditions, "Available")?.status, status);
  });
}

async function condition(namespace: string, type: string) {
  const found = findCondition((await cluster.client.core.v1.namespaces.get(namespace)).status?.conditions, type);
  return [found?.status, found?.reason, found?.message];
}

async function begin(namespace: string): Promise<void> {
  const { configmaps, namespaces } = cluster.client.core.v1;
  await namespaces.create({ metadata: { name: namespace } });
  await configmaps.create({ metadata: { name: "own", namespace } });
  for (const name of ["flunders/a", "flunders/b", "fischers/c", "reports/d"])
    extension.objects.add(`namespaces/${namespace}/${name}`);
  await namespaces.delete(namespace);
}

const goes = (name: string) =>
  eventuallyHolds(() =>
    assert.rejects(cluster.client.core.v1.namespaces.get(name), (error) => isStatusError(error, "NotFound")),
  );

test("a namespace takes along what another API server keeps in it", async () => {
  extension.objects.add("namespaces/neighbour/flunders/a").add("planets/earth");
  await begin("full");
  await goes("full");
  assert.deepEqual([...extension.objects].sort(), [
    "namespaces/full/reports/d",
    "namespaces/neighbour/flunders/a",
    "planets/earth",
  ]);
  assert.deepEqual([...extension.deletions].sort(), ["namespaces/full/fischers/c", "namespaces/full/flunders"]);
});

test("a namespace waits for an API server that does not say what it has, and everything else goes meanwhile", async () => {
  extension.isBroken = true;
  await becomesAvailable("False");
  await begin("waiting");
  await eventuallyHolds(async () =>
    assert.deepEqual(await condition("waiting", "NamespaceDeletionDiscoveryFailure"), [
      "True",
      "DiscoveryFailed",
      `Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: ${groupVersion}: stale GroupVersion discovery: ${groupVersion}`,
    ]),
  );
  assert.deepEqual(await condition("waiting", "NamespaceContentRemaining"), [
    "False",
    "ContentRemoved",
    "All content successfully removed",
  ]);
  const left = await cluster.client.core.v1.configmaps.list({ namespace: "waiting" });
  assert.deepEqual(left.items, []);
  extension.isBroken = false;
  await becomesAvailable("True");
  await goes("waiting");
  assert.deepEqual(
    [...extension.objects].filter((path) => path.includes("waiting")),
    ["namespaces/waiting/reports/d"],
  );
});

test("a group version with a name that is none is told of", async () => {
  extension.groupVersion = "wardle.example.com/v1alpha1/x";
  await begin("misnamed");
  await eventuallyHolds(async () =>
    assert.deepEqual(await condition("misnamed", "NamespaceDeletionGroupVersionParsingFailure"), [
      "True",
      "GroupVersionParsingFailed",
      "unexpected GroupVersion string: wardle.example.com/v1alpha1/x",
    ]),
  );
  extension.groupVersion = groupVersion;
  await goes("misnamed");
});
