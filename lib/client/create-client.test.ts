import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DeploymentServiceDefinition } from "../../gen/typernetes/apps/v1/deployment.ts";
import { type ConfigMap, ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { StatusError } from "../base/status-error.ts";
import { Router } from "../grpc/router.ts";
import { toStatus } from "../grpc/status.ts";
import { failure } from "../grpc/transport-conformance.ts";
import { FakeKind } from "./fake-api.ts";
import { connections, type TestConnection } from "./fake-api-connection.ts";

for (const [way, open] of Object.entries(connections)) {
  describe(`a client ${way}`, () => {
    const asked: unknown[] = [];
    let connection: TestConnection;

    before(async () => {
      const router = new Router();
      new FakeKind<ConfigMap>().serve(router, ConfigMapServiceDefinition);
      router.add(PodServiceDefinition, {
        list: async (request) => {
          asked.push(request);
          return { metadata: { resourceVersion: "5" } };
        },
        patch: async (request) => {
          asked.push({ ...request, patch: Buffer.from(request.patch ?? []).toString() });
          return {};
        },
        deleteCollection: async (request) => {
          asked.push(request);
          return {};
        },
        watch: async function* () {
          yield { events: [{ type: "ADDED", object: { metadata: { name: "a" } } }] };
          const status = toStatus(new StatusError("Expired", "too old resource version: 1 (2)"));
          yield {
            events: [
              { type: "DELETED", object: { metadata: { name: "a" } } },
              { type: "ERROR", status },
            ],
          };
        },
        bind: async (request) => {
          asked.push(request);
          return {};
        },
        log: async function* () {
          yield { chunk: Buffer.from("one") };
        },
      });
      router.add(DeploymentServiceDefinition, {
        getScale: async (request) => ({ metadata: request, spec: { replicas: 3 } }),
        updateScale: async ({ object }) => object ?? {},
      });
      connection = await open(router);
    });
    after(() => connection.close());

    test("creates, reads, changes and deletes objects, and hands out frozen ones", async () => {
      const { configmaps } = connection.client.core.v1;
      const made = await configmaps.create({ metadata: { namespace: "default", name: "a" }, data: { x: "1" } });
      assert.throws(() => Object.assign(made.data ?? {}, { x: "2" }), TypeError);
      const changed = await configmaps.update({ ...made, data: { x: "2" } });
      assert.equal((await configmaps.get("a", { namespace: "default" })).data?.["x"], "2");
      assert.equal((await failure(configmaps.update(made))).reason, "Conflict");
      assert.deepEqual(await configmaps.list({ namespace: "default" }), {
        metadata: { resourceVersion: changed.metadata?.resourceVersion },
        items: [changed],
      });
      await configmaps.delete("a", { namespace: "default" });
      assert.equal((await failure(configmaps.get("a", { namespace: "default" }))).reason, "NotFound");
    });

    test("puts options into the request, and keeps what is meant for the call out of it", async () => {
      const { pods } = connection.client.core.v1;
      const { signal } = new AbortController();
      asked.length = 0;
      const list = await pods.list({ namespace: "a", labelSelector: "x=y", limit: 5, signal, timeoutMs: 9_000 });
      assert.deepEqual(list, { metadata: { resourceVersion: "5" }, items: [] });
      await pods.patch("p", { spec: { x: 1 } }, { namespace: "a", subresource: "status", fieldManager: "me", signal });
      await pods.deleteCollection({ namespace: "a", listOptions: { labelSelector: "x" }, timeoutMs: 9_000 });
      assert.deepEqual(asked, [
        { namespace: "a", options: { labelSelector: "x=y", limit: 5 } },
        {
          namespace: "a",
          name: "p",
          patchType: "application/strategic-merge-patch+json",
          patch: '{"spec":{"x":1}}',
          subresource: "status",
          options: { fieldManager: "me" },
        },
        { namespace: "a", listOptions: { labelSelector: "x" } },
      ]);
    });

    test("a watch delivers what came before the error that ends it", async () => {
      const seen: unknown[] = [];
      const reading = (async () => {
        for await (const batch of connection.client.core.v1.pods.watch()) seen.push(...batch);
      })();
      const error = await failure(reading);
      assert.equal(error.reason, "Expired");
      assert.deepEqual(seen, [
        { type: "ADDED", object: { metadata: { name: "a" } } },
        { type: "DELETED", object: { metadata: { name: "a" } } },
      ]);
    });

    test("reads and sets scales", async () => {
      const { deployments } = connection.client.apps.v1;
      const scale = await deployments.getScale("web", { namespace: "default" });
      assert.equal(scale.spec?.replicas, 3);
      assert.equal((await deployments.updateScale({ ...scale, spec: { replicas: 5 } })).spec?.replicas, 5);
    });

    test("finds kinds by group and plural, in the preferred version", () => {
      const { client } = connection;
      const named = (group: string, plural: string, version?: string) => {
        const found = client.dynamic(group, plural, version);
        return found && `${found.group}/${found.version} ${found.kind} ${found.namespaced}`;
      };
      assert.equal(client.dynamic("", "pods"), client.core.v1.pods);
      assert.equal(named("apps", "deployments"), "apps/v1 Deployment true");
      assert.equal(named("autoscaling", "horizontalpodautoscalers"), "autoscaling/v2 HorizontalPodAutoscaler true");
      assert.equal(
        named("autoscaling", "horizontalpodautoscalers", "v1"),
        "autoscaling/v1 HorizontalPodAutoscaler true",
      );
      assert.equal(named("coordination.k8s.io", "leases"), "coordination.k8s.io/v1 Lease true");
      assert.equal(named("", "nodes"), "/v1 Node false");
      assert.equal(named("", "dreams"), undefined);
    });

    test("calls methods that are more than verbs", async () => {
      const { client } = connection;
      asked.length = 0;
      await client.call(PodServiceDefinition, "bind", { bindings: [{ metadata: { name: "p" } }] });
      assert.deepEqual(asked, [{ bindings: [{ metadata: { name: "p" } }] }]);
      const lines: string[] = [];
      for await (const { chunk } of client.stream(PodServiceDefinition, "log", {})) {
        lines.push(Buffer.from(chunk ?? []).toString());
      }
      assert.deepEqual(lines, ["one"]);
    });

    test("refuses a verb that a kind does not have", async () => {
      assert.equal((await failure(connection.client.core.v1.bindings.list())).reason, "MethodNotAllowed");
    });
  });
}
