import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { startTestApiserver } from "../../apiserver/test-harness.ts";
import { nodeName, TestKubelet } from "../test-kubelet.ts";
import { cdiEdits } from "./cdi-specs.ts";
import { DeviceManager } from "./device-manager.ts";
import { startTestDriver } from "./test-driver.ts";

const namespace = "default";
const driver = "gpu.example.com";
const waitMsMax = 60_000;
const resourceClaims = [{ name: "gpu", resourceClaimName: "c" }];

/** A pod that uses the claim `c`. */
function createPod(client: Client, name = "p"): Promise<Pod> {
  const containers = [{ name: "main", image: "i", resources: { claims: [{ name: "gpu", request: "r" }] } }];
  const spec = { nodeName, terminationGracePeriodSeconds: 1, containers, resourceClaims };
  return client.core.v1.pods.create({ metadata: { name, namespace }, spec });
}

/** The claim `c` with a device, for these pods. */
async function createClaim(client: Client, users: readonly Pod[]): Promise<void> {
  const { resourceclaims } = client.resource.v1;
  const requests = [{ name: "r", exactly: { deviceClassName: "gpu" } }];
  const claim = await resourceclaims.create({ metadata: { name: "c", namespace }, spec: { devices: { requests } } });
  const allocation = { devices: { results: [{ request: "r", driver, pool: "n", device: "d" }] } };
  const reservedFor = users.map(({ metadata }) => ({ resource: "pods", name: metadata?.name, uid: metadata?.uid }));
  await resourceclaims.updateStatus({ ...claim, status: { allocation, reservedFor } });
}

test("a pod waits for the driver of its devices, which hears when the pod comes and when it goes", async (t) => {
  const node = await TestKubelet.start();
  t.after(() => node.close());
  const { client } = node;
  await createClaim(client, [await createPod(client)]);
  const told = await eventually(async () => {
    const { items } = await client.core.v1.events.list({
      namespace,
      fieldSelector: "reason=FailedPrepareDynamicResources",
    });
    return items.find(({ message }) => message?.includes("not registered"))?.message;
  }, waitMsMax);
  assert.equal(told, `Failed to prepare dynamic resources: DRA driver ${driver} is not registered`);
  const gpus = await startTestDriver(node.stateDir, driver);
  t.after(() => gpus.close());
  const get = () => client.core.v1.pods.get("p", { namespace });
  await eventually(async () => (await get()).status?.phase === "Running", waitMsMax);
  assert.deepEqual(gpus.calls, ["prepare c"]);
  assert.equal((await eventually(() => gpus.statuses[0], waitMsMax)).pluginRegistered, true);
  // Another kubelet knows what the one before had made ready.
  await node.stop();
  await node.run();
  await client.core.v1.pods.delete("p", { namespace });
  await eventually(
    () =>
      get().then(
        () => false,
        (error) => isStatusError(error, "NotFound"),
      ),
    waitMsMax,
  );
  await eventually(() => gpus.calls.length > 1, waitMsMax);
  assert.deepEqual(gpus.calls, ["prepare c", "unprepare c"]);
});

test("containers get what the devices that they name change; the last pod of a claim gives it back", async (t) => {
  const server = await startTestApiserver();
  t.after(() => server.close());
  const client = server.client();
  const stateDir = mkdtempSync(join(tmpdir(), "typernetes-devices-"));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const cdi = join(stateDir, "cdi");
  mkdirSync(cdi);
  const containerEdits = { env: ["GPU=d"], mounts: [{ hostPath: "/lib/gpu", containerPath: "/gpu", options: ["ro"] }] };
  writeFileSync(
    join(cdi, "gpu.json"),
    JSON.stringify({ cdiVersion: "0.6.0", kind: "example.com/gpu", devices: [{ name: "d", containerEdits }] }),
  );
  let error: string | undefined = "too hot";
  const devices = [{ requestNames: ["r"], poolName: "n", deviceName: "d", cdiDeviceIds: ["example.com/gpu=d"] }];
  const gpus = await startTestDriver(stateDir, driver, { devices, error: () => error });
  t.after(() => gpus.close());
  const manager = new DeviceManager({ client, clock: systemClock, logger: silentLogger }, stateDir, () => {}, [cdi]);
  await manager.start();
  t.after(() => manager.stop());
  const pods = [await createPod(client, "p"), await createPod(client, "q")];
  const [first, second] = pods;
  assert.ok(first && second);
  await createClaim(client, pods);
  await eventually(() => gpus.statuses.length > 0, waitMsMax);
  const stranger = { ...first, metadata: { ...first.metadata, uid: "other" } };
  await assert.rejects(manager.prepare(stranger), /pod p \(other\) is not allowed to use resource claim c/);
  await eventually(
    () =>
      manager.prepare(first).then(
        () => false,
        ({ message }) => /claim c: too hot/.test(message),
      ),
    waitMsMax,
  );
  error = undefined;
  for (const pod of pods) await manager.prepare(pod);
  const [container = {}] = first.spec?.containers ?? [];
  assert.deepEqual(await manager.editsFor(first, container), {
    env: [{ name: "GPU", value: "d" }],
    mounts: [{ hostPath: "/lib/gpu", containerPath: "/gpu", readOnly: true }],
  });
  assert.deepEqual(await manager.editsFor(first, { name: "other" }), { env: [], mounts: [] });
  await manager.unprepare(first.metadata?.uid ?? "");
  assert.equal(gpus.calls.includes("unprepare c"), false);
  await manager.unprepare(second.metadata?.uid ?? "");
  assert.equal(gpus.calls.at(-1), "unprepare c");
});

test("a driver that speaks another version is told so, and is not asked", async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), "typernetes-devices-"));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const server = await startTestApiserver();
  t.after(() => server.close());
  const old = await startTestDriver(stateDir, driver, { versions: ["v1alpha3"] });
  t.after(() => old.close());
  const manager = new DeviceManager(
    { client: server.client(), clock: systemClock, logger: silentLogger },
    stateDir,
    () => {},
  );
  await manager.start();
  t.after(() => manager.stop());
  const status = await eventually(() => old.statuses[0], waitMsMax);
  assert.deepEqual(status, { pluginRegistered: false, error: "v1.DRAPlugin is not among its versions" });
});

test("a device that nobody describes is no device", async () => {
  await assert.rejects(cdiEdits(["example.com/gpu=x"], ["/nowhere"]), /unresolvable CDI devices example.com\/gpu=x/);
});
