import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { without } from "../support/pod-runtimes.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import { runAgents, visitFromMachine } from "./agent.ts";
import { until } from "./until.ts";

/** Alone in its cluster: any service made meanwhile may get an address of the further range, and keeps it. */
describe("ranges of services", { skip: without("process") }, () => {
  const cluster = sharedCluster(["--nodes", "2"]);

  test("services have addresses of a further range, which stays while they do", async () => {
    const space = await cluster.space("ranges");
    const agents = await runAgents(space, {
      one: { labels: { app: "web" }, spec: { nodeName: "node-1" } },
      two: { labels: { app: "web" }, spec: { nodeName: "node-2" } },
    });
    const { servicecidrs, ipaddresses } = cluster.client.networking.v1;
    const { services } = cluster.client.core.v1;
    await servicecidrs.create({ metadata: { name: "further" }, spec: { cidrs: ["203.0.113.128/28"] } });
    const readyIs = (status: string) =>
      space.untilOne(`Ready is ${status}`, servicecidrs, "further", (it) =>
        it?.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === status),
      );
    await readyIs("True");
    const ip = "203.0.113.130";
    const ports = [{ name: "http", port: 80, targetPort: "http" }];
    await space.create(services, {
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports, clusterIP: ip },
    });
    for (const agent of Object.values(agents)) await until("one,two", () => agent.spread(ip), "from a pod");
    await until(true, async () => (await visitFromMachine(ip, 80)).name !== undefined, "from the machine");
    const { spec } = await ipaddresses.get(ip);
    assert.deepEqual(spec?.parentRef, { resource: "services", namespace: space.namespace, name: "web" });
    await servicecidrs.delete("further");
    await readyIs("False");
    await space.delete(services, "web");
    await assert.rejects(ipaddresses.get(ip), { reason: "NotFound" });
    await space.untilGone(servicecidrs, "further");
  });
});
