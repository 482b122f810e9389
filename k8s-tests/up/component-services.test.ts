import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyServiceDefinition } from "../../gen/typernetes/proxy/v1/proxy.ts";
import { SchedulerServiceDefinition } from "../../gen/typernetes/scheduler/v1/scheduler.ts";
import { waitFor } from "../support/wait.ts";
import { Place } from "./cluster.ts";

test("scheduler and proxy explain themselves at the cluster's own door", async (context) => {
  const place = await Place.make(context);
  await place.start();
  const client = await place.connect();
  const pod = {
    metadata: { name: "huge" },
    spec: { containers: [{ name: "main", resources: { requests: { cpu: "1000" } } }] },
  };
  const answer = await waitFor("the scheduler leads and knows that its node is ready", async () => {
    const explained = await client.call(SchedulerServiceDefinition, "explain", { pod });
    assert.match(explained.message ?? "", /^0\/1 nodes are available: 1 Insufficient cpu/);
    return explained;
  });
  assert.equal(answer.nodes?.length, 1);
  assert.equal(answer.selectedNode, undefined);
  await waitFor("the proxy has programmed the API's service", async () => {
    const resolved = await client.call(ProxyServiceDefinition, "resolve", { namespace: "default", name: "kubernetes" });
    assert.equal(resolved.ports?.[0]?.endpoints?.[0]?.port, place.httpsPort);
    return true;
  });
});
