import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../../lib/base/eventually.ts";
import { dataOf, startTestDns, type TestDns } from "./test-dns.ts";

/** The records that the Kubernetes DNS specification names, asked of a server over a real apiserver. */
describe("the DNS specification", { concurrency: false }, () => {
  let dns: TestDns;
  const zone = "default.svc.cluster.local";
  const said = async (name: string, type: string, expected: string[]) =>
    eventually(async () => {
      assert.deepEqual(await dns.said(name, type), expected, `${name} ${type}`);
      return true;
    });

  before(async () => {
    dns = await startTestDns({
      serviceAddress: "10.96.0.10",
      reverseRanges: ["10.244.0.0/16", "10.96.0.0/16"],
    });
    await dns.service("web", {
      clusterIP: "10.96.0.20",
      ports: [
        { name: "http", port: 80, targetPort: 8080 },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    });
    await dns.slice("web", {
      ports: [{ name: "http", port: 8080 }],
      endpoints: [{ addresses: ["10.244.1.9"], hostname: "first" }],
    });
    await dns.service("db", { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] });
    await dns.slice("db", {
      ports: [{ name: "sql", port: 5433, protocol: "TCP" }],
      endpoints: [
        { addresses: ["10.244.1.1"], hostname: "db-0", conditions: { ready: true } },
        { addresses: ["10.244.1.2"], conditions: { ready: true } },
        { addresses: ["10.244.1.3"], hostname: "db-2", conditions: { ready: false } },
      ],
    });
    await dns.slice("db", { addressType: "IPv6", endpoints: [{ addresses: ["fd00::1"], hostname: "db-0" }] });
  });
  after(() => dns?.close());

  test("the version of the specification is a TXT record", async () => {
    await said("dns-version.cluster.local", "TXT", ["1.1.0"]);
  });

  test("a service with a cluster address has A records, and none of the other family", async () => {
    await said(`web.${zone}`, "A", ["10.96.0.20"]);
    await said(`web.${zone}`, "AAAA", []);
    await said(`WEB.Default.svc.CLUSTER.local`, "A", ["10.96.0.20"]);
  });

  test("a named port has an SRV record, an unknown one none", async () => {
    await said(`_http._tcp.web.${zone}`, "SRV", [`0 100 80 web.${zone}`]);
    await said(`_dns._udp.web.${zone}`, "SRV", [`0 100 53 web.${zone}`]);
    await said(`_http._udp.web.${zone}`, "SRV", ["NXDOMAIN"]);
    await said(`_tcp.web.${zone}`, "SRV", []);
    const answer = await dns.ask(`_http._tcp.web.${zone}`, "SRV");
    assert.deepEqual(
      answer.additionals?.map((record) => [record.name, record.type, dataOf(record)]),
      [[`web.${zone}`, "A", "10.96.0.20"]],
    );
  });

  test("a cluster address leads back to its service", async () => {
    await said("20.0.96.10.in-addr.arpa", "PTR", [`web.${zone}`]);
    await said("20.0.96.10.in-addr.arpa", "A", []);
  });

  test("a headless service has the addresses of its ready endpoints, of each family", async () => {
    await said(`db.${zone}`, "A", ["10.244.1.1", "10.244.1.2"]);
    await said(`db.${zone}`, "AAAA", ["fd00::1"]);
  });

  test("endpoints have names by their hostname, or by their address", async () => {
    await said(`db-0.db.${zone}`, "A", ["10.244.1.1"]);
    await said(`db-0.db.${zone}`, "AAAA", ["fd00::1"]);
    await said(`10-244-1-2.db.${zone}`, "A", ["10.244.1.2"]);
    await said(`db-2.db.${zone}`, "A", ["NXDOMAIN"]);
    await said(`first.web.${zone}`, "A", ["10.244.1.9"]);
  });

  test("a headless service's SRV records lead to its endpoints, with their own ports", async () => {
    await said(`_sql._tcp.db.${zone}`, "SRV", [`0 50 5433 10-244-1-2.db.${zone}`, `0 50 5433 db-0.db.${zone}`]);
  });

  test("addresses of a headless service's endpoints lead back to their names", async () => {
    await said("1.1.244.10.in-addr.arpa", "PTR", [`db-0.db.${zone}`]);
    await said("2.1.244.10.in-addr.arpa", "PTR", [`10-244-1-2.db.${zone}`]);
    await said("9.1.244.10.in-addr.arpa", "PTR", ["NXDOMAIN"]);
    const six = `1.${"0.".repeat(27)}0.0.d.f.ip6.arpa`;
    await said(six, "PTR", [`db-0.db.${zone}`]);
  });

  test("endpoints that are not ready have names where the service publishes them", async () => {
    await dns.service("early", { clusterIP: "None", publishNotReadyAddresses: true, ports: [{ port: 80 }] });
    await dns.slice("early", {
      endpoints: [{ addresses: ["10.244.2.1"], hostname: "a", conditions: { ready: false } }],
    });
    await said(`early.${zone}`, "A", ["10.244.2.1"]);
    await said(`a.early.${zone}`, "A", ["10.244.2.1"]);
  });

  test("an external name is an alias", async () => {
    await dns.service("out", { type: "ExternalName", externalName: "db.example.org" });
    await said(`out.${zone}`, "CNAME", ["db.example.org"]);
    await said(`out.${zone}`, "A", ["db.example.org"]);
    await dns.service("in", { type: "ExternalName", externalName: `web.${zone}` });
    await said(`in.${zone}`, "A", ["10.96.0.20", `web.${zone}`]);
    await dns.service("lost", { type: "ExternalName", externalName: `nowhere.${zone}` });
    await said(`lost.${zone}`, "A", ["NXDOMAIN"]);
    await dns.service("self", { type: "ExternalName", externalName: `self.${zone}` });
    await said(`self.${zone}`, "A", ["SERVFAIL"]);
  });

  test("pods have names by their addresses", async () => {
    await said("10-244-1-7.default.pod.cluster.local", "A", ["10.244.1.7"]);
    await said("10-244-1-7.default.pod.cluster.local", "AAAA", []);
    await said("fd00--7.default.pod.cluster.local", "AAAA", ["fd00::7"]);
    await said("10-244-1.default.pod.cluster.local", "A", ["NXDOMAIN"]);
  });

  test("what is not there does not exist, and what only others are below has no records; both with the zone's SOA", async () => {
    await said(`none.${zone}`, "A", ["NXDOMAIN"]);
    await said(`a.b.c.web.${zone}`, "A", ["NXDOMAIN"]);
    await said("web.elsewhere.svc.cluster.local", "A", ["NXDOMAIN"]);
    await said("elsewhere.svc.cluster.local", "A", ["NXDOMAIN"]);
    await said("stray.cluster.local", "A", ["NXDOMAIN"]);
    for (const name of [zone, "svc.cluster.local", "pod.cluster.local", "cluster.local"]) await said(name, "A", []);
    for (const name of [`none.${zone}`, zone]) {
      const { authorities, flag_aa, flag_ra } = await dns.ask(name, "A");
      assert.deepEqual(
        [flag_aa, flag_ra, authorities?.map(({ type, name }) => `${type} ${name}`)],
        [true, true, ["SOA cluster.local"]],
      );
    }
  });

  test("the zone has an SOA and a name server", async () => {
    await said("cluster.local", "NS", ["ns.dns.cluster.local"]);
    await said("ns.dns.cluster.local", "A", ["10.96.0.10"]);
    const { answers } = await dns.ask("cluster.local", "SOA");
    assert.deepEqual(
      answers?.map(({ type }) => type),
      ["SOA"],
    );
  });

  test("answers follow services and endpoints that change, also those that are remembered as bytes", async () => {
    await said(`later.${zone}`, "A", ["NXDOMAIN"]);
    await dns.service("later", { clusterIP: "None", ports: [{ port: 80 }] });
    await said(`later.${zone}`, "A", []);
    const slice = await dns.slice("later", { endpoints: [{ addresses: ["10.244.3.1"] }] });
    await said(`later.${zone}`, "A", ["10.244.3.1"]);
    await said("1.3.244.10.in-addr.arpa", "PTR", [`10-244-3-1.later.${zone}`]);
    await dns.client.discovery.v1.endpointslices.update({ ...slice, endpoints: [{ addresses: ["10.244.3.2"] }] });
    await said(`later.${zone}`, "A", ["10.244.3.2"]);
    await said("1.3.244.10.in-addr.arpa", "PTR", ["NXDOMAIN"]);
    await dns.client.core.v1.services.delete("later", { namespace: "default" });
    await said(`later.${zone}`, "A", ["NXDOMAIN"]);
    await said("2.3.244.10.in-addr.arpa", "PTR", ["NXDOMAIN"]);
  });
});
