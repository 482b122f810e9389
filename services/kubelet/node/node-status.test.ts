import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { hollowMachine, nodeName, TestKubelet } from "../test-kubelet.ts";

const device = "example.com/fakecpu";
const waitMsMax = 60_000;

test("a device that somebody wrote into a node's capacity can be had there, as long as it is written", async (t) => {
  const clock = new SimulatedClock(Date.now());
  const node = await TestKubelet.start({ clock, machine: await hollowMachine(clock) });
  t.after(() => node.close());
  const { nodes } = node.client.core.v1;
  const amounts = async () => {
    await clock.advance(10_000);
    const { capacity, allocatable } = (await nodes.get(nodeName)).status ?? {};
    return [capacity?.[device], allocatable?.[device]].join();
  };
  await nodes.patch(nodeName, { status: { capacity: { [device]: "1k" } } }, { subresource: "status" });
  await eventually(async () => (await amounts()) === "1k,1k", waitMsMax);
  assert.equal(await amounts(), "1k,1k");
  await nodes.patch(nodeName, { status: { capacity: { [device]: null } } }, { subresource: "status" });
  await eventually(async () => (await amounts()) === ",", waitMsMax);
});
