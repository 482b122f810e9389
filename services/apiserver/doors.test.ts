import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ServiceAccountServiceDefinition } from "../../gen/typernetes/core/v1/service_account.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { connect } from "../../lib/grpc/connect.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { openEmbeddedStore } from "../../lib/storage/embedded/embedded-store.ts";
import type { Store } from "../../lib/storage/store.ts";
import { type Apiserver, type CertificateSubject, startApiserver } from "./service.ts";

let directory: string;
let store: Store;
let apiserver: Apiserver;
const transports: Transport[] = [];

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "typernetes-doors-"));
  store = await openEmbeddedStore({ directory: join(directory, "store") });
  const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
  apiserver = await startApiserver({ store, logger: silentLogger }, { listen, advertiseAddress: "192.0.2.7" });
});
after(async () => {
  await Promise.all(transports.map((transport) => transport.close()));
  await apiserver.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

async function clientOf(subject?: CertificateSubject) {
  const ca = apiserver.pki?.caCertificate ?? "";
  const pair = subject && (await apiserver.pki?.clientCertificate(subject));
  const transport = connect({ address: `127.0.0.1:${apiserver.grpcPort}`, tls: { ca, ...pair } });
  transports.push(transport);
  return createClient(transport);
}

function fetchText(path: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: apiserver.httpsPort,
      path,
      ca: apiserver.pki?.caCertificate,
      agent: false,
    };
    get(options, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, text });
    }).on("error", reject);
  });
}

test("health and version are answered to anybody", async () => {
  assert.deepEqual(await fetchText("/readyz"), { status: 200, text: "ok" });
  assert.match((await fetchText("/readyz?verbose")).text, /\[\+\]etcd ok[\s\S]*readyz check passed/);
  assert.equal(JSON.parse((await fetchText("/version")).text).minor, "34");
  assert.equal((await fetchText("/api")).status, 403);
});

test("objects that come as protobuf are checked as those that come as JSON", async () => {
  const admin = await clientOf({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  const pod = (cpu: string) => ({
    metadata: { name: "checked", namespace: "default" },
    spec: { nodeName: "", containers: [{ name: "main", image: "x", resources: { requests: { cpu } } }] },
  });
  await assert.rejects(admin.core.v1.pods.create(pod("$(x)")), {
    reason: "BadRequest",
    message: /quantities must match the regular expression/,
  });
  const nested: unknown = JSON.parse(`${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`);
  const revision = { metadata: { name: "checked", namespace: "default" }, revision: 1, data: nested };
  await assert.rejects(admin.apps.v1.controllerrevisions.create(revision), { reason: "BadRequest" });
  const quota = { metadata: { name: "checked", namespace: "default" }, spec: { hard: { cpu: "1000m" } } };
  const made = await admin.core.v1.resourcequotas.create(quota);
  assert.deepEqual(made.spec?.hard, { cpu: "1" });
});

test("administrators and components are let in, nobody else", async () => {
  const admin = await clientOf({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  assert.ok((await admin.core.v1.namespaces.list()).items.length >= 4);
  const node = await clientOf({ commonName: "system:node:n1", organizations: ["system:nodes"] });
  assert.ok((await node.core.v1.pods.list({ fieldSelector: "spec.nodeName=n1" })).items);
  await assert.rejects((await clientOf({ commonName: "mallory" })).core.v1.pods.list(), { reason: "Forbidden" });
  await assert.rejects((await clientOf({ commonName: "system:node:n1" })).core.v1.pods.list(), { reason: "Forbidden" });
  await assert.rejects((await clientOf()).core.v1.pods.list(), {
    reason: "Forbidden",
    message:
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
  });
});

test("the kubernetes service points at the apiserver", async () => {
  const { core, discovery } = await clientOf({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  const service = await core.v1.services.get("kubernetes", { namespace: "default" });
  assert.equal(service.spec?.clusterIP, "10.96.0.1");
  const slice = await discovery.v1.endpointslices.get("kubernetes", { namespace: "default" });
  assert.deepEqual(slice.endpoints?.[0]?.addresses, ["192.0.2.7"]);
  assert.equal(slice.ports?.[0]?.port, apiserver.httpsPort);
});

test("a watch over the network reports changes and ends with its caller", async () => {
  const { core } = await clientOf({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  const { metadata } = await core.v1.configmaps.list({ namespace: "default" });
  const abort = new AbortController();
  // Elsewhere the cluster furnishes itself at the same time.
  const options = { namespace: "default", resourceVersion: metadata?.resourceVersion, signal: abort.signal };
  const watch = core.v1.configmaps.watch(options);
  const first = watch[Symbol.asyncIterator]().next();
  await core.v1.configmaps.create({ metadata: { name: "wired", namespace: "default" }, data: { a: "b" } });
  const { value } = await first;
  assert.equal(value?.[0]?.type, "ADDED");
  assert.deepEqual(value?.[0]?.object.data, { a: "b" });
  abort.abort();
});

test("components are reported by their leases", async () => {
  const { core } = await clientOf({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  const { items } = await core.v1.componentstatuses.list();
  const healthy = Object.fromEntries(items.map((item) => [item.metadata?.name, item.conditions?.[0]?.status]));
  assert.deepEqual(healthy, { "controller-manager": "False", scheduler: "False", "etcd-0": "True" });
});

test("a token of a service account is shown instead of a certificate, and a wrong one is refused", async () => {
  const admin = await clientOf({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  const account = { name: "robot", namespace: "default" };
  await admin.core.v1.serviceaccounts.create({ metadata: account });
  const request = { ...account, object: { spec: {} } };
  const { status } = await admin.call(ServiceAccountServiceDefinition, "createToken", request);
  const as = (token: string) => {
    const tls = { ca: apiserver.pki?.caCertificate ?? "" };
    const transport = connect({ address: `127.0.0.1:${apiserver.grpcPort}`, tls, token: () => token });
    transports.push(transport);
    return createClient(transport);
  };
  await assert.rejects(as(status?.token ?? "").core.v1.pods.list(), {
    message:
      'pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" at the cluster scope',
  });
  await assert.rejects(as("wrong").core.v1.pods.list(), { reason: "Unauthorized" });
  const watch = as("wrong").core.v1.pods.watch({})[Symbol.asyncIterator]();
  await assert.rejects(watch.next(), { reason: "Unauthorized" });
});
