import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver({ serviceClusterIpRange: "10.96.0.0/29,fd00:96::/112" });
  client = server.client();
});
after(() => server.close());

const ports = [{ port: 80 }];
const create = (name: string, spec = {}, options = {}) =>
  client.core.v1.services.create({ metadata: { name, namespace: "default" }, spec: { ports, ...spec } }, options);

test("the default ServiceCIDR has the ranges of the cluster, and is ready", async () => {
  const { spec, status } = await client.networking.v1.servicecidrs.get("kubernetes");
  assert.deepEqual(spec?.cidrs, ["10.96.0.0/29", "fd00:96::/112"]);
  assert.deepEqual(
    status?.conditions?.map((condition) => [condition.type, condition.status]),
    [["Ready", "True"]],
  );
});

test("each address of a service has an object that says whose it is, and goes with the service", async () => {
  const { spec, metadata } = await create("both", { ipFamilyPolicy: "RequireDualStack" });
  const { ipaddresses } = client.networking.v1;
  for (const [index, family] of ["IPv4", "IPv6"].entries()) {
    const found = await ipaddresses.get(spec?.clusterIPs?.[index] ?? "");
    assert.deepEqual(found.metadata?.labels, {
      "ipaddress.kubernetes.io/ip-family": family,
      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    });
    assert.deepEqual(found.spec?.parentRef, { resource: "services", namespace: "default", name: metadata?.name });
  }
  await client.core.v1.services.delete("both", { namespace: "default" });
  assert.deepEqual((await ipaddresses.list()).items, []);
});

test("a service that could not be created leaves no address behind", async () => {
  await create("twice");
  await assert.rejects(create("twice"), { reason: "AlreadyExists" });
  assert.equal((await client.networking.v1.ipaddresses.list()).items.length, 1);
  await client.core.v1.services.delete("twice", { namespace: "default" });
});

test("an address that somebody else has written down is not given to a service", async () => {
  const parentRef = { group: "example.com", resource: "gates", name: "front" };
  await client.networking.v1.ipaddresses.create({ metadata: { name: "10.96.0.6" }, spec: { parentRef } });
  await assert.rejects(create("late", { clusterIP: "10.96.0.6" }), /provided IP is already allocated/);
  const names = ["a", "b", "c", "d", "e"];
  const made = await Promise.all(names.map((name) => create(name)));
  assert.ok(made.every(({ spec }) => spec?.clusterIP !== "10.96.0.6"));
  await assert.rejects(create("f"), /failed to allocate IP: range is full/);
});

test("services get addresses of a further range that is ready, and none of one that is not or goes", async () => {
  const { servicecidrs } = client.networking.v1;
  await servicecidrs.create({
    metadata: { name: "more", finalizers: ["example.com/wait"] },
    spec: { cidrs: ["10.97.0.0/24"] },
  });
  assert.match((await eventually(() => create("g"))).spec?.clusterIP ?? "", /^10\.97\.0\./);
  const setReady = (status: string) =>
    servicecidrs.patch(
      "more",
      {
        status: {
          conditions: [{ type: "Ready", status, reason: "", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" }],
        },
      },
      { subresource: "status" },
    );
  await setReady("False");
  const isRefused = () => {
    const tried = create("h", { clusterIP: "10.97.0.200" }, { dryRun: ["All"] });
    return assert.rejects(tried, /the provided network does not match the current range/).then(() => true);
  };
  await eventually(isRefused);
  await setReady("True");
  await eventually(() => create("h", { clusterIP: "10.97.0.200" }));
  await servicecidrs.delete("more");
  await eventually(isRefused);
});
