import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node, Pod, PodSpec } from "../../clients/sdk/index.ts";
import { conditionOf, sleeping } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };
const host = "kubernetes.io/hostname";
const here = (topologyKey: string) => ({ topologyKey, labelSelector: { matchLabels: labels } });
const asking = (requests: Record<string, string>, spec: PodSpec = sleeping()): PodSpec => ({
  ...spec,
  containers: (spec.containers ?? []).map((container) => ({ ...container, resources: { requests, limits: requests } })),
});

describe("where pods go", { concurrency: 8 }, () => {
  const cluster = sharedCluster(["--nodes", "3"], async ({ client }) => {
    const zones = { "node-1": "east", "node-2": "west", "node-3": "west" };
    for (const [node, zone] of Object.entries(zones))
      await client.core.v1.nodes.patch(node, { metadata: { labels: { "topology.kubernetes.io/zone": zone } } });
  });
  const pods = () => cluster.client.core.v1.pods;
  const nodes = () => cluster.client.core.v1.nodes;

  const create = (space: Space, name: string, spec: PodSpec) =>
    space.create(pods(), { metadata: { name, labels }, spec: sleeping(spec) });

  /** The node that a pod is bound to. */
  const untilBound = (space: Space, name: string) =>
    space.untilOne(`${name} is bound`, pods(), name, (pod) => pod?.spec?.nodeName);

  async function placed(space: Space, name: string, spec: PodSpec): Promise<string> {
    await create(space, name, spec);
    return untilBound(space, name);
  }

  /** Waits until the scheduler has said of a pod that it fits nowhere; answers why. */
  async function refused(space: Space, name: string, spec: PodSpec): Promise<string> {
    await create(space, name, spec);
    const found = await space.untilOne(`${name} is refused`, pods(), name, (pod) => {
      const condition = conditionOf(pod, "PodScheduled");
      return condition?.status === "False" && condition;
    });
    assert.equal(found.reason, "Unschedulable");
    await space.untilEvent({ of: name, type: "Warning", reason: "FailedScheduling", message: found.message ?? "" });
    return found.message ?? "";
  }

  const nodeOf = ({ spec }: Pod) => spec?.nodeName;

  /** Gives a node so many of a resource. */
  async function give(node: string, resource: string, amount: string): Promise<void> {
    const status = { capacity: { [resource]: amount }, allocatable: { [resource]: amount } };
    await nodes().patch(node, { status }, { subresource: "status" });
  }

  test("node selectors and affinity name the nodes, preferences choose among them", async () => {
    const space = await cluster.space("node-affinity");
    assert.equal(await placed(space, "selected", { nodeSelector: { [host]: "node-2" } }), "node-2");
    const named = (operator: string, values: string[]) => ({ matchExpressions: [{ key: host, operator, values }] });
    const required = (term: object) => ({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
    });
    assert.equal(
      await placed(space, "required", { affinity: required(named("NotIn", ["node-1", "node-2"])) }),
      "node-3",
    );
    const preferred = [{ weight: 100, preference: named("In", ["node-2"]) }];
    const wish = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
    assert.equal(await placed(space, "preferred", { affinity: wish }), "node-2");
    assert.match(
      await refused(space, "nowhere", { nodeSelector: { nowhere: "yes" } }),
      /^0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector\. /,
    );
    await nodes().patch("node-3", { metadata: { labels: { nowhere: "yes" } } });
    assert.equal(await untilBound(space, "nowhere"), "node-3");
    await nodes().patch("node-3", { metadata: { labels: { nowhere: null } } });
  });

  test("pods go where others are that they like, and not where others are that they do not like", async () => {
    const space = await cluster.space("pod-affinity");
    assert.equal(await placed(space, "first", { nodeSelector: { [host]: "node-2" } }), "node-2");
    const like = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [here(host)] } };
    assert.equal(await placed(space, "with", { affinity: like }), "node-2");
    const apart = (key: string) => ({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [here(key)] },
    });
    assert.equal(await placed(space, "apart", { affinity: apart("topology.kubernetes.io/zone") }), "node-1");
    assert.match(
      await refused(space, "too-many", { affinity: apart("topology.kubernetes.io/zone") }),
      /^0\/3 nodes are available: 3 node\(s\) didn't match pod anti-affinity rules\. /,
    );
    const stranger = { topologyKey: host, labelSelector: { matchLabels: { app: "nobody" } } };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [stranger] } };
    assert.match(
      await refused(space, "lonely", { affinity }),
      /^0\/3 nodes are available: 3 node\(s\) didn't match pod affinity rules\. /,
    );
    await space.delete(pods(), "apart");
    await space.delete(pods(), "too-many");
  });

  test("topology spread keeps zones even, or only tries to", async () => {
    const space = await cluster.space("spread");
    const spread = (whenUnsatisfiable: string, spec: PodSpec = {}): PodSpec => ({
      ...spec,
      topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable, ...here("topology.kubernetes.io/zone") }],
    });
    for (const name of ["a", "b", "c", "d"]) await placed(space, name, spread("DoNotSchedule"));
    const found = (await space.list(pods())).map(nodeOf);
    assert.equal(found.filter((node) => node === "node-1").length, 2, found.join(" "));
    const east = { affinity: onlyZone("east") };
    assert.equal(await placed(space, "e", spread("ScheduleAnyway", east)), "node-1");
    const [constraint] = spread("DoNotSchedule").topologySpreadConstraints ?? [];
    const regardless = { ...east, topologySpreadConstraints: [{ ...constraint, nodeAffinityPolicy: "Ignore" }] };
    assert.match(
      await refused(space, "skewed", regardless),
      /^0\/3 nodes are available: 1 node\(s\) didn't match pod topology spread constraints, 2 node\(s\) didn't match Pod's node affinity\/selector\. /,
    );
    // Where only the zones count in which the pod may be, one is even with itself.
    assert.equal(await placed(space, "honours", spread("DoNotSchedule", east)), "node-1");
  });

  const onlyZone = (zone: string) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: [zone] }] },
        ],
      },
    },
  });

  test("two pods that want the same port of their node do not meet", async () => {
    const space = await cluster.space("ports");
    const [main] = sleeping().containers ?? [];
    const withPort = (port: object): PodSpec => ({ containers: [{ ...main, ports: [port] }] });
    const taken = { containerPort: 80, hostPort: 31_999 };
    const found = [
      await placed(space, "a", withPort(taken)),
      await placed(space, "b", withPort(taken)),
      await placed(space, "c", withPort(taken)),
    ];
    assert.deepEqual(found.sort(), ["node-1", "node-2", "node-3"]);
    assert.match(
      await refused(space, "d", withPort(taken)),
      /^0\/3 nodes are available: 3 node\(s\) didn't have free ports for the requested pod ports\. /,
    );
    await placed(space, "udp", withPort({ ...taken, protocol: "UDP" }));
    await space.delete(pods(), "b");
    assert.ok(await untilBound(space, "d"));
  });

  test("pods with scheduling gates wait until the last has gone", async () => {
    const space = await cluster.space("gates");
    await create(space, "gated", { schedulingGates: [{ name: "example.com/a" }, { name: "example.com/b" }] });
    const found = await space.untilOne("it says so", pods(), "gated", (pod) => conditionOf(pod, "PodScheduled"));
    assert.deepEqual(
      [found.status, found.reason, found.message],
      ["False", "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"],
    );
    await space.patch(pods(), "gated", { spec: { schedulingGates: [{ $patch: "delete", name: "example.com/a" }] } });
    await placed(space, "other", {});
    assert.equal((await space.get(pods(), "gated")).spec?.nodeName, undefined);
    await space.patch(pods(), "gated", { spec: { schedulingGates: [{ $patch: "delete", name: "example.com/b" }] } });
    await untilBound(space, "gated");
  });

  test("extended resources are counted, and wake those that wait when they are free", async () => {
    const space = await cluster.space("extended");
    const resource = "example.com/placement";
    await give("node-3", resource, "3");
    assert.equal(await placed(space, "two", asking({ [resource]: "2" })), "node-3");
    assert.match(
      await refused(space, "more", asking({ [resource]: "2" })),
      new RegExp(`^0/3 nodes are available: 3 Insufficient ${resource}\\. no new claims to deallocate, preemption: `),
    );
    await create(space, "one", asking({ [resource]: "1" }));
    assert.equal(await untilBound(space, "one"), "node-3");
    await space.delete(pods(), "two");
    assert.equal(await untilBound(space, "more"), "node-3");
  });

  test("the overhead of a runtime class counts", async () => {
    const space = await cluster.space("overhead");
    const name = `${space.namespace}-heavy`;
    const { allocatable } = (await nodes().get("node-1")).status ?? {};
    const cpu = Number(allocatable?.["cpu"]);
    await cluster.client.node.v1.runtimeclasses.create({
      metadata: { name },
      handler: "runc",
      overhead: { podFixed: { cpu: String(cpu) } },
    });
    const spec = asking({ cpu: "100m" }, sleeping({ runtimeClassName: name }));
    assert.match(await refused(space, "heavy", spec), /^0\/3 nodes are available: 3 Insufficient cpu\. /);
    assert.deepEqual((await space.get(pods(), "heavy")).spec?.overhead, { cpu: String(cpu) });
    await space.delete(pods(), "heavy");
    await cluster.client.node.v1.runtimeclasses.delete(name);
  });

  test("explain-scheduling says per node and plugin why a pod goes where it goes", async () => {
    const space = await cluster.space("explain");
    await refused(space, "picky", { nodeSelector: { [host]: "node-9" } });
    const explain = (name: string, ...flags: string[]) =>
      cluster.typectl("explain-scheduling", `pod/${name}`, "-n", space.namespace, ...flags);
    const said = await explain("picky");
    assert.match(said, /^NODE +FITS +SCORE +WHY\n/);
    for (const node of ["node-1", "node-2", "node-3"])
      assert.match(
        said,
        new RegExp(`^${node} +no +- +NodeAffinity: node\\(s\\) didn't match Pod's node affinity/selector$`, "m"),
      );
    assert.match(said, /\n0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector/);
    await create(space, "gated", { schedulingGates: [{ name: "example.com/a" }], nodeSelector: { [host]: "node-1" } });
    const wide = await explain("gated", "-o", "wide");
    assert.match(wide, /^node-1 +yes +\d+ +.*NodeResourcesFit=\d+\*1/m);
    assert.match(wide, /^node-2 +no /m);
    assert.match(wide, /\nwaiting for scheduling gates: \[example\.com\/a\]\n$/);
    const answer: { nodes: Node[] } = JSON.parse(await explain("gated", "-o", "json"));
    assert.equal(answer.nodes.length, 3);
  });
});
