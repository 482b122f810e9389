import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

const ports = [{ port: 80, protocol: "TCP" }];

test("a service gets an address of the range, and another one gets it after its end", async () => {
  const { services } = client.core.v1;
  const web = await services.create({ metadata: { name: "web", namespace: "default" }, spec: { ports } });
  const clusterIP = web.spec?.clusterIP ?? "";
  assert.match(clusterIP, /^10\.96\./);
  assert.deepEqual(web.spec?.clusterIPs, [clusterIP]);
  assert.deepEqual(web.spec?.ipFamilies, ["IPv4"]);
  const other = { metadata: { name: "other", namespace: "default" }, spec: { ports, clusterIP } };
  await assert.rejects(services.create(other), { reason: "Invalid", message: /provided IP is already allocated/ });
  await services.delete("web", { namespace: "default" });
  assert.equal((await services.create(other)).spec?.clusterIP, clusterIP);
});

const unavailable: [address: string, why: RegExp][] = [
  ["192.0.2.1", /failed to allocate IP 192\.0\.2\.1: the provided network does not match the current range/],
  [
    "10.96.255.255",
    /failed to allocate IP 10\.96\.255\.255: the provided IP \(10\.96\.255\.255\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/16/,
  ],
];
for (const [clusterIP, message] of unavailable)
  test(`the address ${clusterIP}, which is not to be given, is refused`, async () => {
    const object = { metadata: { name: "far", namespace: "default" }, spec: { ports, clusterIP } };
    await assert.rejects(client.core.v1.services.create(object), { reason: "Invalid", message });
  });

test("headless and external services have no address", async () => {
  const { services } = client.core.v1;
  const headless = await services.create({
    metadata: { name: "headless", namespace: "default" },
    spec: { ports, clusterIP: "None" },
  });
  assert.deepEqual([headless.spec?.clusterIP, headless.spec?.clusterIPs], ["None", ["None"]]);
  const external = await services.create({
    metadata: { name: "external", namespace: "default" },
    spec: { type: "ExternalName", externalName: "example.com" },
  });
  assert.equal(external.spec?.clusterIP, undefined);
});

test("node ports come and go with the type, and stay over updates that leave them out", async () => {
  const { services } = client.core.v1;
  const created = await services.create({
    metadata: { name: "np", namespace: "default" },
    spec: {
      type: "NodePort",
      ports: [...ports, { name: "udp", port: 80, protocol: "UDP" }].map((port, i) => ({ ...port, name: `p${i}` })),
    },
  });
  const [first, second] = created.spec?.ports ?? [];
  assert.ok((first?.nodePort ?? 0) >= 30000 && (first?.nodePort ?? 0) <= 32767);
  assert.equal(second?.nodePort, first?.nodePort, "one number for both protocols");
  const without = created.spec?.ports?.map(({ nodePort: _, ...port }) => port);
  const updated = await services.update({
    ...created,
    spec: { ...created.spec, ports: without, clusterIP: undefined, clusterIPs: undefined },
  });
  assert.deepEqual(updated.spec?.ports, created.spec?.ports);
  assert.equal(updated.spec?.clusterIP, created.spec?.clusterIP);
  const plain = await services.update({ ...updated, spec: { ...updated.spec, type: "ClusterIP" } });
  assert.deepEqual(
    plain.spec?.ports?.map((port) => port.nodePort),
    [undefined, undefined],
  );
  const again = {
    metadata: { name: "np2", namespace: "default" },
    spec: { type: "NodePort", ports: [{ port: 1, nodePort: first?.nodePort }] },
  };
  await services.create(again);
  await assert.rejects(services.create({ ...again, metadata: { name: "np3", namespace: "default" } }), {
    message: /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/,
  });
});

test("many services at once get different addresses", async () => {
  const { services } = client.core.v1;
  const made = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      services.create({ metadata: { name: `s${i}`, namespace: "default" }, spec: { ports } }),
    ),
  );
  assert.equal(new Set(made.map((service) => service.spec?.clusterIP)).size, 100);
});

test("a dry run takes nothing", async () => {
  const { services } = client.core.v1;
  const object = { metadata: { name: "dry", namespace: "default" }, spec: { ports, clusterIP: "10.96.200.1" } };
  assert.equal((await services.create(object, { dryRun: ["All"] })).spec?.clusterIP, "10.96.200.1");
  await services.create(object);
});
