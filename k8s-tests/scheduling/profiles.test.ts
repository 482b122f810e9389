import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { PodSpec } from "../../clients/sdk/index.ts";
import { conditionOf, sleeping } from "../support/pods.ts";
import { SharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";
import { GrpcExtender } from "./grpc-extender.ts";

const configuration = (extender: string) => `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: packing
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: example.com/packed, weight: 1}]}}
  plugins:
    score: {disabled: [{name: "*"}], enabled: [{name: NodeResourcesFit}]}
- schedulerName: careless
  plugins:
    filter: {disabled: [{name: TaintToleration}]}
extenders:
- urlPrefix: ${extender}
  filterVerb: filter
  prioritizeVerb: prioritize
  weight: 100
  enableHTTPS: false
  httpTimeout: 60s
  managedResources: [{name: example.com/managed, ignoredByScheduler: true}]
`;

describe("profiles and extenders", () => {
  const cluster = new SharedCluster();
  const extender = new GrpcExtender();
  const folder = mkdtempSync(join(tmpdir(), "typernetes-profiles-"));
  const pods = () => cluster.client.core.v1.pods;

  before(
    async () => {
      const url = await extender.start({
        filter: ({ nodeNames = [] }) => ({
          nodeNames: nodeNames.filter((name) => name !== "node-1"),
          ...(nodeNames.includes("node-1") && { failedNodes: { "node-1": "too far from the sea" } }),
        }),
        prioritize: ({ nodeNames = [] }) => ({
          hostPriorities: nodeNames.map((host) => ({ host, score: host === "node-3" ? 10 : 0 })),
        }),
      });
      const file = join(folder, "scheduler.yaml");
      writeFileSync(file, configuration(url));
      await cluster.start(["--nodes", "3", "--scheduler-config", file]);
    },
    { timeout: 300_000 },
  );
  after(
    async () => {
      await cluster.stop();
      await extender.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    { timeout: 300_000 },
  );

  const create = (space: Space, name: string, spec: PodSpec) =>
    space.create(pods(), { metadata: { name }, spec: sleeping(spec) });
  const untilBound = (space: Space, name: string) =>
    space.untilOne(`${name} is bound`, pods(), name, (pod) => pod?.spec?.nodeName);
  /** For this reason at last: the scheduler may know of the pod before it knows of what the pod wants. */
  const untilRefused = (space: Space, name: string, why: RegExp) =>
    space.untilOne(`${name} is refused: ${why}`, pods(), name, (pod) => {
      const condition = conditionOf(pod, "PodScheduled");
      return condition?.reason === "Unschedulable" && why.test(condition.message ?? "");
    });

  const [main] = sleeping().containers ?? [];
  const asking = (requests: Record<string, string>): PodSpec => ({
    containers: [{ ...main, resources: { requests, limits: requests } }],
  });

  test("each profile scores as it is told: one packs pods together", async () => {
    const space = await cluster.space("packing");
    const resource = "example.com/packed";
    const status = { capacity: { [resource]: "10" }, allocatable: { [resource]: "10" } };
    for (const node of ["node-1", "node-2", "node-3"])
      await cluster.client.core.v1.nodes.patch(node, { status }, { subresource: "status" });
    const one = asking({ [resource]: "1" });
    await create(space, "first", { ...one, nodeSelector: { "kubernetes.io/hostname": "node-2" } });
    await untilBound(space, "first");
    for (const name of ["a", "b", "c"]) {
      await create(space, name, { ...one, schedulerName: "packing" });
      assert.equal(await untilBound(space, name), "node-2");
    }
    await space.untilEvent({
      of: "a",
      reason: "Scheduled",
      message: `Successfully assigned ${space.namespace}/a to node-2`,
    });
  });

  test("a profile without a filter places pods where others do not", async () => {
    const space = await cluster.space("careless");
    const key = `example.com/${space.namespace}`;
    await cluster.client.core.v1.nodes.patch("node-1", {
      metadata: { labels: { tainted: "yes" } },
      spec: { taints: [{ key, effect: "NoSchedule" }] },
    });
    const there = { nodeSelector: { tainted: "yes" } };
    await create(space, "careful", there);
    await untilRefused(space, "careful", /1 node\(s\) had untolerated taint/);
    await create(space, "careless", { ...there, schedulerName: "careless" });
    assert.equal(await untilBound(space, "careless"), "node-1");
    await cluster.client.core.v1.nodes.patch("node-1", { spec: { taints: null } });
    assert.equal(await untilBound(space, "careful"), "node-1");
  });

  test("a pod of a scheduler that there is not waits for it", async () => {
    const space = await cluster.space("nobody");
    await create(space, "waits", { schedulerName: "nobody" });
    await create(space, "beside", {});
    await untilBound(space, "beside");
    const { spec, status } = await space.get(pods(), "waits");
    assert.deepEqual([spec?.nodeName, conditionOf({ status: status ?? {} }, "PodScheduled")], [undefined, undefined]);
  });

  test("an extender filters and scores nodes for the pods that it manages, and for no others", async () => {
    const space = await cluster.space("extender");
    const managed = asking({ "example.com/managed": "1" });
    await create(space, "managed", managed);
    assert.equal(await untilBound(space, "managed"), "node-3");
    await create(space, "elsewhere", { ...managed, nodeSelector: { "kubernetes.io/hostname": "node-1" } });
    await untilRefused(space, "elsewhere", /^0\/3 nodes are available: .*1 too far from the sea/);
    const said = await cluster.typectl("explain-scheduling", "pod/elsewhere", "-n", space.namespace);
    assert.match(said, /^node-1 +no .*too far from the sea/m);
    await create(space, "plain", { nodeSelector: { "kubernetes.io/hostname": "node-2" } });
    assert.equal(await untilBound(space, "plain"), "node-2");
  });
});
