import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LimitRangeItem } from "../../../../gen/typernetes/core/v1/limit_range.ts";
import type { ResourceRequirements } from "../../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../../lib/base/eventually.ts";
import type { Client } from "../../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../../test-harness.ts";

let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

/** A namespace with these limits, known to the server. */
async function limited(namespace: string, limits: LimitRangeItem[]): Promise<void> {
  await client.core.v1.namespaces.create({ metadata: { name: namespace } });
  await client.core.v1.limitranges.create({ metadata: { name: "limits", namespace }, spec: { limits } });
  await eventually(async () => (await client.core.v1.limitranges.list({ namespace })).items.length === 1);
}

const pod = (namespace: string, resources?: ResourceRequirements) => ({
  metadata: { name: "p", namespace },
  spec: { containers: [{ name: "c", image: "i", ...(resources && { resources }) }] },
});

test("containers get what they do not say, and the pod says so", async () => {
  const namespace = "defaults";
  const item = { type: "Container", default: { cpu: "500m", memory: "500Mi" }, defaultRequest: { cpu: "100m" } };
  await limited(namespace, [item]);
  const created = await client.core.v1.pods.create(pod(namespace, { requests: { memory: "100Mi" } }));
  assert.deepEqual(created.spec?.containers?.[0]?.resources, {
    limits: { cpu: "500m", memory: "500Mi" },
    requests: { cpu: "100m", memory: "100Mi" },
  });
  assert.equal(
    created.metadata?.annotations?.["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c",
  );
});

const refusals: readonly (readonly [string, LimitRangeItem, ResourceRequirements | undefined, string])[] = [
  [
    "too-little",
    { type: "Container", min: { cpu: "100m" }, default: { cpu: "1" } },
    { requests: { cpu: "50m" } },
    "minimum cpu usage per Container is 100m, but request is 50m",
  ],
  [
    "too-much",
    { type: "Container", max: { memory: "1Gi" } },
    { limits: { memory: "2Gi" } },
    "maximum memory usage per Container is 1Gi, but limit is 2Gi",
  ],
  [
    "of-pod",
    { type: "Pod", max: { cpu: "1" } },
    { limits: { cpu: "2" } },
    "maximum cpu usage per Pod is 1, but limit is 2",
  ],
  ["unsaid", { type: "Pod", min: { cpu: "1" } }, undefined, "minimum cpu usage per Pod is 1.  No request is specified"],
  [
    "ratio",
    { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
    { requests: { cpu: "1" }, limits: { cpu: "3" } },
    "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
  ],
];

for (const [namespace, item, resources, message] of refusals)
  test(`a pod outside of the limits is refused: ${message}`, async () => {
    await limited(namespace, [item]);
    await assert.rejects(client.core.v1.pods.create(pod(namespace, resources)), {
      reason: "Forbidden",
      message: `pods "p" is forbidden: ${message}`,
    });
  });

test("a claim stays within the limits", async () => {
  const namespace = "claims";
  await limited(namespace, [{ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } }]);
  const claim = (storage: string) => ({
    metadata: { name: "c", namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  });
  const { persistentvolumeclaims } = client.core.v1;
  const refused = 'persistentvolumeclaims "c" is forbidden: ';
  await assert.rejects(persistentvolumeclaims.create(claim("3Gi")), {
    message: `${refused}maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi`,
  });
  await assert.rejects(persistentvolumeclaims.create(claim("1Mi")), {
    message: `${refused}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi`,
  });
  await persistentvolumeclaims.create(claim("2Gi"));
});
