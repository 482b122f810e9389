import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { fullyQualifiedName, kernelHostname } from "./hostname.ts";
import { type Dns, parseResolvConf, podDns } from "./pod-dns.ts";

const nodeText =
  "# made by hand\nnameserver 1.1.1.1\nnameserver 8.8.8.8\nsearch example.org .\noptions timeout:2 edns0\n";
const nodeDns = parseResolvConf(nodeText);
const cluster = { clusterDNS: "10.96.0.10", clusterDomain: "cluster.local" };
const clusterSearches = ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.org"];
const inCluster: Dns = { nameservers: ["10.96.0.10"], searches: clusterSearches, options: ["ndots:5"] };

test("a resolv.conf is taken apart", () => {
  assert.deepEqual(nodeDns, {
    nameservers: ["1.1.1.1", "8.8.8.8"],
    searches: ["example.org"],
    options: ["timeout:2", "edns0"],
  });
});

const dnsConfig = {
  nameservers: ["9.9.9.9", "1.1.1.1"],
  searches: ["my.org"],
  options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
};
const table: [what: string, spec: Partial<PodSpec>, dns: Dns | undefined][] = [
  ["the cluster's", {}, inCluster],
  ["the node's", { dnsPolicy: "Default" }, undefined],
  ["the node's, in its network", { hostNetwork: true }, undefined],
  ["the cluster's, in the node's network", { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }, inCluster],
  ["nobody's", { dnsPolicy: "None" }, { nameservers: [], searches: [], options: [] }],
  [
    "the pod's own",
    { dnsPolicy: "None", dnsConfig },
    { nameservers: ["9.9.9.9", "1.1.1.1"], searches: ["my.org"], options: ["ndots:2", "edns0"] },
  ],
  [
    "the cluster's with the pod's own",
    { dnsConfig },
    {
      nameservers: ["10.96.0.10", "9.9.9.9", "1.1.1.1"],
      searches: [...clusterSearches, "my.org"],
      options: ["ndots:2", "edns0"],
    },
  ],
  [
    "the node's with the pod's own",
    { dnsPolicy: "Default", dnsConfig },
    {
      nameservers: ["1.1.1.1", "8.8.8.8", "9.9.9.9"],
      searches: ["example.org", "my.org"],
      options: ["timeout:2", "edns0", "ndots:2"],
    },
  ],
];
for (const [what, spec, dns] of table) {
  test(`names are resolved by settings that are ${what}`, () => {
    const pod = { metadata: { namespace: "shop" }, spec: { containers: [], ...spec } };
    assert.deepEqual(podDns(pod, cluster, nodeDns), dns);
  });
}

const metadata = { namespace: "shop", name: "web" };
const named: [spec: PodSpec, full: string | undefined, kernel: string][] = [
  [{}, undefined, "web"],
  [{ hostname: "one" }, undefined, "one"],
  [{ hostname: "one", setHostnameAsFQDN: true }, undefined, "one"],
  [{ hostname: "one", subdomain: "sub" }, "one.sub.shop.svc.cluster.local", "one"],
  [{ subdomain: "sub", setHostnameAsFQDN: true }, "web.sub.shop.svc.cluster.local", "web.sub.shop.svc.cluster.local"],
];
for (const [spec, full, kernel] of named) {
  test(`the hostname of a pod with ${JSON.stringify(spec)} is ${kernel}`, () => {
    assert.equal(fullyQualifiedName({ metadata, spec }, "cluster.local"), full);
    assert.equal(kernelHostname({ metadata, spec }, "cluster.local"), kernel);
  });
}

test("a hostname that the kernel does not take is refused", () => {
  const spec = { hostname: "h".repeat(40), subdomain: "sub", setHostnameAsFQDN: true };
  assert.throws(
    () => kernelHostname({ metadata, spec }, "cluster.local"),
    /is too long \(64 characters is the max, 67 /,
  );
});
