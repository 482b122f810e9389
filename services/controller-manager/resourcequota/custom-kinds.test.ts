import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../lib/client/client.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createResourceQuotaController } from "./controller.ts";

const group = "stable.example.com";
const namespace = "default";
const counted = `count/gadgets.${group}`;

/** Of each list of gadgets that the controller asked for: until when it is wanted. */
const wanted: AbortSignal[] = [];
let cluster: TestCluster;
let gadgets: ResourceClient<KubernetesObject>;

/** A client that tells of the lists of gadgets. */
function observed(client: Client): Client {
  const dynamic: Client["dynamic"] = (group, plural, version) => {
    const resource = client.dynamic(group, plural, version);
    if (!resource || plural !== "gadgets") return resource;
    const list: typeof resource.list = (options = {}) => {
      if (options.signal) wanted.push(options.signal);
      return resource.list(options);
    };
    return Object.create(resource, { list: { value: list } });
  };
  return Object.create(client, { dynamic: { value: dynamic } });
}

before(async () => {
  cluster = await startTestCluster([
    (context) => createResourceQuotaController({ ...context, client: observed(context.client) }),
  ]);
  const client = cluster.client.dynamic(group, "gadgets", "v1");
  assert.ok(client);
  gadgets = client;
});
after(() => cluster.close());

async function define(): Promise<void> {
  await cluster.client.apiextensions.v1.customresourcedefinitions.create({
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  await eventuallyHolds(async () => void (await gadgets.list({ namespace })));
}

const make = (name: string) =>
  gadgets.create({ apiVersion: `${group}/v1`, kind: "Gadget", metadata: { name, namespace } });

function untilUsed(used: string): Promise<void> {
  return eventuallyHolds(async () => {
    const { status } = await cluster.client.core.v1.resourcequotas.get("quota", { namespace });
    assert.deepEqual(status?.used, { [counted]: used });
  });
}

test("a custom kind is counted while it is defined, left when it is not, and counted again when it comes back", async () => {
  await cluster.client.core.v1.resourcequotas.create({
    metadata: { name: "quota", namespace },
    spec: { hard: { [counted]: "5" } },
  });
  await untilUsed("0");
  await define();
  await Promise.all([make("a"), make("b")]);
  await untilUsed("2");
  await cluster.client.apiextensions.v1.customresourcedefinitions.delete(`gadgets.${group}`);
  await untilUsed("0");
  await eventuallyHolds(() => assert.ok(wanted.length > 0 && wanted.every(({ aborted }) => aborted)));
  await define();
  await make("c");
  await untilUsed("1");
});
