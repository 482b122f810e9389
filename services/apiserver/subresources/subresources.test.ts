import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CertificateSigningRequestServiceDefinition } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { type Container, type Pod, PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

const small = { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "128Mi" } };
const makePod = (name: string, container: Partial<Container> = {}) =>
  client.core.v1.pods.create({
    metadata: { name, namespace },
    spec: { containers: [{ name: "main", image: "i", resources: small, ...container }] },
  });
const resizeTo = (pod: Pod, resources: Container["resources"], name = "main") =>
  client.call(PodServiceDefinition, "resize", {
    object: { ...pod, spec: { ...pod.spec, containers: [{ name, image: "other", resources }] } },
  });
const debug = { name: "debug", image: "busybox", targetContainerName: "main" };

test("ephemeral containers are added to a pod, and stay as they are", async () => {
  const pod = await makePod("debugged");
  const add = (ephemeralContainers: object[]) =>
    client.core.v1.pods.patch(
      "debugged",
      { spec: { ephemeralContainers } },
      { namespace, subresource: "ephemeralcontainers" },
    );
  const debugged = await add([debug]);
  assert.equal(debugged.spec?.ephemeralContainers?.[0]?.terminationMessagePolicy, "File");
  assert.equal(debugged.metadata?.generation, 2);
  await add([{ ...debug, name: "second" }]);
  const both = await client.core.v1.pods.get("debugged", { namespace });
  assert.equal(both.spec?.ephemeralContainers?.length, 2);
  await assert.rejects(add([{ ...debug, image: "other" }]), {
    reason: "Invalid",
    message: /existing ephemeral containers "debug" may not be changed/,
  });
  const removed = { ...both, spec: { ...both.spec, ephemeralContainers: [] } };
  await assert.rejects(client.call(PodServiceDefinition, "updateEphemeralContainers", { object: removed }), {
    message: /existing ephemeral containers "debug" may not be removed/,
  });
  await assert.rejects(client.core.v1.pods.update({ ...pod, metadata: { name: "debugged", namespace } }), {
    message: /pod updates may not change fields/,
  });
});

test("of a resize only the sizes of containers count", async () => {
  const pod = await makePod("resized");
  const larger = { requests: { cpu: "200m", memory: "64Mi" }, limits: { cpu: "2", memory: "128Mi" } };
  const resized = await resizeTo(pod, larger);
  assert.deepEqual(resized.spec?.containers?.[0]?.resources, larger);
  assert.equal(resized.spec?.containers?.[0]?.image, "i");
  assert.equal(resized.metadata?.generation, 2);
  await assert.rejects(resizeTo(pod, larger), { reason: "Conflict" });
  assert.deepEqual((await resizeTo(resized, small, "unknown")).spec, resized.spec);
});

test("a resize keeps the pod's class, and what it has requested of other things", async () => {
  const pod = await makePod("steady");
  await assert.rejects(resizeTo(pod, { requests: small.limits, limits: small.limits }), {
    message: /Pod QOS Class may not change as a result of resizing/,
  });
  await assert.rejects(resizeTo(pod, { ...small, limits: { cpu: "1" } }), {
    message: /resource limits cannot be removed/,
  });
  await assert.rejects(resizeTo(pod, { ...small, requests: { ...small.requests, "ephemeral-storage": "1Gi" } }), {
    message: /only cpu and memory resources are mutable/,
  });
});

test("a certificate is approved once, and issued by its signer", async () => {
  const { certificatesigningrequests: requests } = client.certificates.v1;
  const pem = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
  const request = Buffer.from(pem).toString("base64");
  const spec = { request, signerName: "example.com/signer", usages: ["client auth"] };
  const made = await requests.create({ metadata: { name: "c" }, spec });
  const decide = (type: string, object = made) =>
    client.call(CertificateSigningRequestServiceDefinition, "updateApproval", {
      object: {
        ...object,
        metadata: { ...object.metadata, annotations: { by: "approver" } },
        spec: { ...spec, request: "YmFy" },
        status: { conditions: [{ type, status: "True" }] },
      },
    });
  const early = { ...made, status: { conditions: [{ type: "Approved", status: "True" }] } };
  await assert.rejects(requests.updateStatus(early), { message: /updates may not add a condition of type "Approved"/ });
  const approved = await decide("Approved");
  assert.equal(approved.spec?.request, request);
  assert.deepEqual(approved.metadata?.annotations, { by: "approver" });
  assert.ok(approved.status?.conditions?.[0]?.lastUpdateTime);
  await assert.rejects(decide("Denied", approved), {
    message: /updates may not remove a condition of type "Approved"/,
  });
  const issued = await requests.updateStatus({ ...approved, status: { ...approved.status, certificate: "Y2VydA==" } });
  assert.equal(issued.status?.certificate, "Y2VydA==");
  assert.equal(issued.status?.conditions?.[0]?.type, "Approved");
});

test("statuses and scales are where the contracts say", async () => {
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const metadata = { name: "scaled", namespace };
  const sets = client.apps.v1.statefulsets;
  await sets.create({ metadata, spec: { serviceName: "s", selector: { matchLabels: { a: "b" } }, template } });
  const controllers = client.core.v1.replicationcontrollers;
  await controllers.create({ metadata, spec: { selector: { a: "b" }, template } });
  const [patch, options] = [{ spec: { replicas: 4 } }, { namespace, subresource: "scale" }];
  const [set, controller] = [
    await sets.patch("scaled", patch, options),
    await controllers.patch("scaled", patch, options),
  ];
  assert.deepEqual([set.spec?.replicas, controller.spec?.replicas], [4, 4]);
  const status = { replicas: 3 };
  assert.equal((await sets.updateStatus({ ...set, status })).status?.replicas, 3);
  assert.equal((await controllers.updateStatus({ ...controller, status })).status?.replicas, 3);
});
