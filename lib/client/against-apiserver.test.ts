import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ConfigMap } from "../../gen/typernetes/core/v1/config_map.ts";
import { startTestApiserver, type TestApiserver } from "../../services/apiserver/test-harness.ts";
import { eventually } from "../base/eventually.ts";
import { isStatusError } from "../base/status-error.ts";
import { freePort } from "../base/test-port.ts";
import { connect } from "../grpc/connect.ts";
import type { Transport } from "../grpc/transport.ts";
import { openEmbeddedStore } from "../storage/embedded/embedded-store.ts";
import type { Store } from "../storage/store.ts";
import type { Client } from "./client.ts";
import { createClient } from "./create-client.ts";
import { createEventRecorder } from "./create-event-recorder.ts";
import { createInformer } from "./create-informer.ts";
import { type Informer, objectKey } from "./informer.ts";
import { startLeaderElection } from "./leader-election.ts";
import { retryOnConflict } from "./retry-on-conflict.ts";

const map = (name: string): ConfigMap => ({ metadata: { name, namespace: "default" }, data: { count: "0" } });

describe("against the apiserver over mutual TLS", () => {
  let directory: string;
  let store: Store;
  let server: TestApiserver;
  let grpcPort: number;
  let transport: Transport;
  let client: Client;

  const startServer = async () => {
    const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort, httpsPort: 0 };
    server = await startTestApiserver({ store, listen });
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "client-"));
    grpcPort = await freePort();
    store = await openEmbeddedStore({ directory: join(directory, "store") });
    await startServer();
    const { pki } = server.apiserver;
    assert.ok(pki);
    const own = await pki.clientCertificate({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
    transport = connect({ address: `127.0.0.1:${grpcPort}`, tls: { ca: pki.caCertificate, ...own } });
    client = createClient(transport);
  });
  after(async () => {
    await transport.close();
    await server.close();
    await store.close();
    await rm(directory, { recursive: true });
  });

  /** An informer whose handlers keep a second cache, and complain when they are told nonsense. */
  const mirrored = (settings = {}): { informer: Informer<ConfigMap>; mirror: Map<string, ConfigMap> } => {
    const informer = createInformer(client.core.v1.configmaps, { selector: { namespace: "default" }, ...settings });
    const mirror = new Map<string, ConfigMap>();
    informer.addHandler({
      added: (object) => {
        assert.ok(!mirror.has(objectKey(object)), `${objectKey(object)} added twice`);
        mirror.set(objectKey(object), object);
      },
      updated: (before, object) => {
        assert.equal(mirror.get(objectKey(object)), before);
        mirror.set(objectKey(object), object);
      },
      deleted: (object) => assert.ok(mirror.delete(objectKey(object)), `${objectKey(object)} deleted twice`),
    });
    informer.start();
    return { informer, mirror };
  };

  const agrees = (mirror: Map<string, ConfigMap>) =>
    eventually(async () => {
      const { items } = await client.core.v1.configmaps.list({ namespace: "default" });
      const versions = (objects: Iterable<ConfigMap>) =>
        [...objects].map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`).sort();
      assert.deepEqual(versions(mirror.values()), versions(items));
      return true;
    });

  test("an informer follows writers that collide, delete and create again", async () => {
    const { configmaps } = client.core.v1;
    for (let i = 0; i < 12; i++) await configmaps.create(map(`m${i}`));
    const { informer, mirror } = mirrored({ pageSize: 5 });
    await informer.waitForSync();
    const countUp = (name: string) =>
      retryOnConflict(
        async () => {
          const found = await configmaps.get(name, { namespace: "default" });
          await configmaps.update({ ...found, data: { count: String(Number(found.data?.["count"]) + 1) } });
        },
        { attempts: 50 },
      );
    await Promise.all(Array.from({ length: 40 }, (_, i) => countUp(`m${i % 4}`)));
    await Promise.all([8, 9, 10].map((i) => configmaps.delete(`m${i}`, { namespace: "default" })));
    await configmaps.create(map("m9"));
    await agrees(mirror);
    assert.equal(informer.lister.get("default", "m0")?.data?.["count"], "10");
    await informer.stop();
  });

  test("an informer misses nothing while the apiserver restarts", async () => {
    const { informer, mirror } = mirrored();
    await informer.waitForSync();
    for (let round = 0; round < 2; round++) {
      await client.core.v1.configmaps.create(map(`before-${round}`));
      await server.close();
      await startServer();
      await eventually(async () => {
        const made = await client.core.v1.configmaps.create(map(`after-${round}`)).catch((error: unknown) => error);
        if (made instanceof Error && !isStatusError(made, "AlreadyExists")) throw made;
        return true;
      });
    }
    await agrees(mirror);
    await informer.stop();
  });

  test("events are stored and counted up", async () => {
    const node = await client.core.v1.nodes.create({ metadata: { name: "n1" } });
    const recorder = createEventRecorder({ client, component: "node-controller" });
    for (let i = 0; i < 3; i++) recorder.event(node, "Normal", "RegisteredNode", "Node n1 event: Registered Node n1");
    const list = () => client.core.v1.events.list({ fieldSelector: "involvedObject.name=n1" });
    await eventually(async () => (await list()).items[0]?.count === 3);
    await recorder.close();
    const { items } = await list();
    assert.equal(items.length, 1);
    assert.equal(items[0]?.involvedObject?.kind, "Node");
    assert.equal(items[0]?.reason, "RegisteredNode");
  });

  test("a leader hands over to the next when it stops", async () => {
    const led: string[] = [];
    const stand = (identity: string) =>
      startLeaderElection({
        leases: client.coordination.v1.leases,
        name: "handover",
        identity,
        leaseDurationMs: 60_000,
        renewDeadlineMs: 40_000,
        retryPeriodMs: 100,
        lead: (signal) => {
          led.push(identity);
          return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
        },
      });
    const first = stand("a");
    await eventually(() => first.leading);
    const second = stand("b");
    await first.stop();
    await eventually(() => second.leading);
    assert.deepEqual(led, ["a", "b"]);
    await second.stop();
    const lease = await client.coordination.v1.leases.get("handover", { namespace: "kube-system" });
    assert.equal(lease.spec?.leaseTransitions, 1);
  });
});
