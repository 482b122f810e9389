import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../../test-harness.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

test("a claim has the default class of storage, unless it names one, and grows where its class lets it", async () => {
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  await client.storage.v1.storageclasses.create({ metadata: { name: "plain" }, provisioner: "example.com/p" });
  await client.storage.v1.storageclasses.create({
    metadata: { name: "std", annotations },
    provisioner: "example.com/p",
  });
  const { persistentvolumeclaims } = client.core.v1;
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const claim = await persistentvolumeclaims.create({ metadata: { name: "a", namespace }, spec });
  assert.equal(claim.spec?.storageClassName, "std");
  const named = { ...spec, storageClassName: "plain" };
  const other = await persistentvolumeclaims.create({ metadata: { name: "b", namespace }, spec: named });
  assert.equal(other.spec?.storageClassName, "plain");
  const bound = await persistentvolumeclaims.updateStatus({ ...other, status: { phase: "Bound" } });
  const grown = { ...bound, spec: { ...bound.spec, resources: { requests: { storage: "2Gi" } } } };
  await assert.rejects(persistentvolumeclaims.update(grown), /only dynamically provisioned pvc can be resized/);
});

test("an ingress has the default class, unless there are two", async () => {
  const annotations = { "ingressclass.kubernetes.io/is-default-class": "true" };
  const { ingressclasses, ingresses } = client.networking.v1;
  const ingress = (name: string) => ({
    metadata: { name, namespace },
    spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
  });
  await ingressclasses.create({ metadata: { name: "one", annotations }, spec: { controller: "example.com/i" } });
  assert.equal((await ingresses.create(ingress("a"))).spec?.ingressClassName, "one");
  await ingressclasses.create({ metadata: { name: "two", annotations }, spec: { controller: "example.com/i" } });
  await assert.rejects(ingresses.create(ingress("b")), /2 default IngressClasses were found, only 1 allowed/);
});

test("a pod has the overhead and the nodes of its class of runtime", async () => {
  await client.node.v1.runtimeclasses.create({
    metadata: { name: "heavy" },
    handler: "heavy",
    overhead: { podFixed: { cpu: "100m" } },
    scheduling: { nodeSelector: { heavy: "yes" }, tolerations: [{ key: "heavy", operator: "Exists" }] },
  });
  const containers = [{ name: "c", image: "i" }];
  const { pods } = client.core.v1;
  const pod = await pods.create({
    metadata: { name: "h", namespace },
    spec: { containers, runtimeClassName: "heavy" },
  });
  assert.deepEqual(pod.spec?.overhead, { cpu: "100m" });
  assert.deepEqual(pod.spec?.nodeSelector, { heavy: "yes" });
  assert.ok(pod.spec?.tolerations?.some(({ key }) => key === "heavy"));
  await assert.rejects(
    pods.create({ metadata: { name: "x", namespace }, spec: { containers, runtimeClassName: "none" } }),
    /pod rejected: RuntimeClass "none" not found/,
  );
  const clash = { containers, runtimeClassName: "heavy", nodeSelector: { heavy: "no" } };
  await assert.rejects(
    pods.create({ metadata: { name: "y", namespace }, spec: clash }),
    /conflict: runtimeClass.scheduling.nodeSelector\[heavy\] = yes; pod.spec.nodeSelector\[heavy\] = no/,
  );
  await assert.rejects(
    pods.create({ metadata: { name: "z", namespace }, spec: { containers, overhead: { cpu: "1" } } }),
    /Pod Overhead set without corresponding RuntimeClass defined Overhead/,
  );
});
