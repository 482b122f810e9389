import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ServiceSpec } from "../../../gen/typernetes/core/v1/service.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const servers: TestApiserver[] = [];
let single: Client["core"]["v1"]["services"];
let dual: Client["core"]["v1"]["services"];
let dual6: Client["core"]["v1"]["services"];
const namespace = "default";

before(async () => {
  const open = async (serviceClusterIpRange: string) => {
    const server = await startTestApiserver({ serviceClusterIpRange });
    servers.push(server);
    return server.client().core.v1.services;
  };
  single = await open("10.96.0.0/16");
  dual = await open("10.96.0.0/16,fd00:96::/112");
  dual6 = await open("fd00:96::/112,10.96.0.0/16");
});
after(() => Promise.all(servers.map((server) => server.close())));

let count = 0;
const service = (spec: ServiceSpec) => ({
  metadata: { name: `s${++count}`, namespace },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec },
});

interface Outcome {
  policy: string;
  families: string[];
  /** How the addresses begin. */
  addresses: string[];
}

const [v4, v6] = ["10.96.", "fd00:96::"];
const four: Outcome = { policy: "SingleStack", families: ["IPv4"], addresses: [v4] };
const both: Outcome = { policy: "PreferDualStack", families: ["IPv4", "IPv6"], addresses: [v4, v6] };

const creations: [cluster: "single" | "dual" | "dual6", spec: ServiceSpec, outcome: Outcome | RegExp][] = [
  ["single", {}, four],
  ["single", { ipFamilyPolicy: "PreferDualStack" }, { ...four, policy: "PreferDualStack" }],
  [
    "single",
    { ipFamilyPolicy: "RequireDualStack" },
    /spec\.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services/,
  ],
  ["single", { ipFamilies: ["IPv6"] }, /spec\.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/],
  [
    "single",
    { clusterIP: "fd00::9" },
    /spec\.clusterIPs\[0\]: Invalid value: .*IPv6 is not configured on this cluster/,
  ],
  [
    "single",
    { clusterIP: "None", selector: {} },
    { policy: "RequireDualStack", families: ["IPv4", "IPv6"], addresses: ["None"] },
  ],
  ["single", { clusterIP: "None" }, { ...four, addresses: ["None"] }],
  ["dual", {}, four],
  ["dual", { ipFamilies: ["IPv6"] }, { policy: "SingleStack", families: ["IPv6"], addresses: [v6] }],
  ["dual", { ipFamilyPolicy: "PreferDualStack" }, both],
  ["dual", { ipFamilyPolicy: "RequireDualStack" }, { ...both, policy: "RequireDualStack" }],
  [
    "dual",
    { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] },
    { policy: "RequireDualStack", families: ["IPv6", "IPv4"], addresses: [v6, v4] },
  ],
  [
    "dual",
    { ipFamilyPolicy: "PreferDualStack", clusterIP: "fd00:96::77" },
    { ...both, families: ["IPv6", "IPv4"], addresses: ["fd00:96::77", v4] },
  ],
  [
    "dual",
    { ipFamilies: ["IPv4", "IPv6"] },
    /must be RequireDualStack or PreferDualStack when multiple IP families are specified/,
  ],
  [
    "dual",
    { clusterIPs: ["10.96.7.7", "fd00:96::8"], clusterIP: "10.96.7.7" },
    /must be RequireDualStack or PreferDualStack when multiple cluster IPs are specified/,
  ],
  ["dual", { clusterIP: "None", ipFamilyPolicy: "PreferDualStack" }, { ...both, addresses: ["None"] }],
  [
    "dual",
    { clusterIP: "fd00:97::1" },
    /failed to allocate IP fd00:97::1: the provided network does not match the current range/,
  ],
  ["dual6", {}, { policy: "SingleStack", families: ["IPv6"], addresses: [v6] }],
  [
    "dual6",
    { ipFamilyPolicy: "PreferDualStack" },
    { policy: "PreferDualStack", families: ["IPv6", "IPv4"], addresses: [v6, v4] },
  ],
];

for (const [cluster, spec, expected] of creations)
  test(`on a cluster ${cluster}, ${JSON.stringify(spec)} becomes ${expected instanceof RegExp ? "an error" : expected.addresses}`, async () => {
    const creation = { single, dual, dual6 }[cluster].create(service(spec));
    if (expected instanceof RegExp) return assert.rejects(creation, { reason: "Invalid", message: expected });
    const { ipFamilyPolicy, ipFamilies, clusterIP, clusterIPs = [] } = (await creation).spec ?? {};
    assert.deepEqual([ipFamilyPolicy, ipFamilies], [expected.policy, expected.families]);
    assert.equal(clusterIP, clusterIPs[0]);
    assert.equal(clusterIPs.length, expected.addresses.length);
    for (const [index, start] of expected.addresses.entries())
      assert.ok(clusterIPs[index]?.startsWith(start), `${clusterIPs}`);
  });

test("a service gets its second family, and loses it, when its policy is changed", async () => {
  const { metadata, spec } = await dual.create(service({}));
  const name = metadata?.name ?? "";
  const change = async (next: ServiceSpec) => (await dual.patch(name, { spec: next }, { namespace })).spec;
  const grown = await change({ ipFamilyPolicy: "PreferDualStack" });
  assert.deepEqual([grown?.ipFamilies, grown?.clusterIPs?.[0]], [["IPv4", "IPv6"], spec?.clusterIP]);
  const second = grown?.clusterIPs?.[1] ?? "";
  const taken = dual.create(service({ ipFamilies: ["IPv6"], clusterIP: second }));
  await assert.rejects(taken, /already allocated/);
  const message =
    /spec\.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary IP family/;
  await assert.rejects(change({ ipFamilies: ["IPv4"] }), { message });
  const shrunk = await change({ ipFamilyPolicy: "SingleStack" });
  assert.deepEqual([shrunk?.ipFamilies, shrunk?.clusterIPs], [["IPv4"], [spec?.clusterIP]]);
  assert.equal((await dual.create(service({ ipFamilies: ["IPv6"], clusterIP: second }))).spec?.clusterIP, second);
});

test("an update that leaves families and addresses out keeps them", async () => {
  const created = await dual.create(service({ ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv6", "IPv4"] }));
  const spec = { selector: { app: "other" }, ports: [{ port: 81 }] };
  const updated = await dual.update({ ...created, spec });
  for (const field of ["ipFamilies", "ipFamilyPolicy", "clusterIP", "clusterIPs"] as const)
    assert.deepEqual(updated.spec?.[field], created.spec?.[field], field);
});

test("a service of two families gives both addresses back when it has no use for them", async () => {
  const { metadata, spec } = await dual.create(service({ ipFamilyPolicy: "RequireDualStack" }));
  const external = { type: "ExternalName", externalName: "example.com" };
  const changed = await dual.patch(metadata?.name ?? "", { spec: external }, { namespace });
  assert.deepEqual([changed.spec?.clusterIPs, changed.spec?.ipFamilies], [undefined, undefined]);
  const again = await dual.create(
    service({ ipFamilyPolicy: "RequireDualStack", clusterIP: spec?.clusterIP, clusterIPs: spec?.clusterIPs }),
  );
  assert.deepEqual(again.spec?.clusterIPs, spec?.clusterIPs);
});
