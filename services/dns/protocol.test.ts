import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import packet from "dns-packet";
import { eventually } from "../../lib/base/eventually.ts";
import { askServer, dataOf, encodeQuery, send, startTestDns, type TestDns } from "./test-dns.ts";

const zone = "default.svc.cluster.local";
const many = 60;

describe("the DNS protocol", { concurrency: false }, () => {
  let dns: TestDns;
  before(async () => {
    dns = await startTestDns();
    await dns.service("web", { clusterIP: "10.96.0.20", ports: [{ port: 80 }] });
    await dns.service("few", { clusterIP: "None", ports: [{ port: 80 }] });
    await dns.service("many", { clusterIP: "None", ports: [{ name: "http", port: 80 }] });
    const endpoints = Array.from({ length: many }, (_, index) => ({ addresses: [`10.244.1.${index + 1}`] }));
    await dns.slice("many", { endpoints, ports: [{ name: "http", port: 80 }] });
    await dns.slice("few", { endpoints: endpoints.slice(0, 4) });
    await eventually(async () => (await dns.said(`few.${zone}`, "A")).length === 4);
    await eventually(async () => (await dns.ask(`many.${zone}`, "A", { transport: "tcp" })).answers?.length === many);
  });
  after(() => dns?.close());

  test("the answer repeats the question as it was written, and its number", async () => {
    const query = encodeQuery(`wEb.${zone}`, "A");
    const answer = await send(dns.port, query, "udp");
    assert.equal(answer.readUInt16BE(0), query.readUInt16BE(0));
    assert.equal(packet.decode(answer).questions?.[0]?.name, `wEb.${zone}`);
    assert.deepEqual(packet.decode(answer).answers?.map(dataOf), ["10.96.0.20"]);
  });

  test("an answer that does not fit into 512 bytes is cut and marked, and complete over TCP", async () => {
    const cut = await send(dns.port, encodeQuery(`many.${zone}`, "A"), "udp");
    assert.ok(cut.length <= 512, `${cut.length} bytes`);
    const { flag_tc, answers = [] } = packet.decode(cut);
    assert.equal(flag_tc, true);
    assert.ok(answers.length > 20 && answers.length < many, `${answers.length} answers`);
    const whole = await dns.ask(`many.${zone}`, "A", { transport: "tcp" });
    assert.deepEqual([whole.flag_tc, whole.answers?.length], [false, many]);
  });

  test("who takes larger answers over UDP gets them, up to the server's own bound", async () => {
    const whole = await dns.ask(`many.${zone}`, "A", { udpSize: 4096 });
    assert.deepEqual([whole.flag_tc, whole.answers?.length], [false, many]);
    const [opt] = whole.additionals ?? [];
    assert.equal(opt?.type === "OPT" && opt.udpPayloadSize, 1232);
    const bytes = await send(dns.port, encodeQuery(`_http._tcp.many.${zone}`, "SRV", { udpSize: 4096 }), "udp");
    assert.ok(bytes.length <= 1232, `${bytes.length} bytes`);
    assert.equal(packet.decode(bytes).flag_tc, true);
    const overTcp = await dns.ask(`_http._tcp.many.${zone}`, "SRV", { transport: "tcp" });
    assert.equal(overTcp.answers?.length, many);
  });

  test("addresses that come along unasked stay away before answers do", async () => {
    const { flag_tc, answers, additionals } = await dns.ask(`_http._tcp.many.${zone}`, "SRV", { transport: "tcp" });
    assert.deepEqual([flag_tc, answers?.length, additionals?.length], [false, many, many]);
  });

  test("every endpoint of a headless service comes first now and then", async () => {
    const first = new Set<string>();
    await eventually(async () => {
      const { answers = [] } = await dns.ask(`few.${zone}`, "A");
      assert.deepEqual(answers.map(dataOf).sort(), ["10.244.1.1", "10.244.1.2", "10.244.1.3", "10.244.1.4"]);
      if (answers[0]) first.add(dataOf(answers[0]));
      return first.size === 4;
    });
  });

  test("damaged and unusual messages get the answer they deserve, and the next one is answered", async () => {
    const query = encodeQuery(`web.${zone}`, "A");
    const changed = (change: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(query);
      change(bytes);
      return bytes;
    };
    const cases: [name: string, query: Buffer, rcode: number][] = [
      ["cut off", query.subarray(0, 20), 1],
      ["two questions", changed((bytes) => bytes.writeUInt16BE(2, 4)), 1],
      ["a name that points to itself", changed((bytes) => bytes.writeUInt16BE(0xc00c, 12)), 1],
      ["another opcode", changed((bytes) => bytes.writeUInt16BE(0x2800, 2)), 4],
      ["another class", changed((bytes) => bytes.writeUInt16BE(3, bytes.length - 2)), 5],
      ["a whole zone", encodeQuery("cluster.local", "AXFR"), 5],
    ];
    for (const [name, bytes, rcode] of cases) {
      const answer = await send(dns.port, bytes, "udp");
      assert.equal(answer.readUInt16BE(2) & 0x800f, 0x8000 | rcode, name);
    }
    // Neither an answer nor a few bytes are answered: the next message is.
    await assertSilent(changed((bytes) => bytes.writeUInt16BE(0x8180, 2)));
    await assertSilent(Buffer.from([1, 2, 3]));
  });

  /** Over a connection answers come in order: that of the second message is the first to come. */
  async function assertSilent(message: Buffer): Promise<void> {
    const query = encodeQuery(`web.${zone}`, "A");
    const framed = (bytes: Buffer) => Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
    const socket = connect(dns.port, "127.0.0.1");
    try {
      const first = await new Promise<Buffer>((resolve, reject) => {
        socket.once("error", reject).once("data", resolve);
        socket.once("close", () => reject(new Error("closed before an answer")));
        socket.write(Buffer.concat([framed(message), framed(query)]));
      });
      assert.equal(first.readUInt16BE(2), query.readUInt16BE(0));
      assert.equal(first.readUInt16BE(0), first.length - 2);
    } finally {
      socket.destroy();
    }
  }

  test("a later version of EDNS is refused with the version that is spoken", async () => {
    const query = encodeQuery(`web.${zone}`, "A", { udpSize: 1232 });
    query.writeUInt8(1, query.length - 5);
    const [opt] = packet.decode(await send(dns.port, query, "udp")).additionals ?? [];
    assert.deepEqual(opt?.type === "OPT" && [opt.extendedRcode, opt.ednsVersion], [1, 0]);
  });

  test("a zone without name servers to ask refuses other names", async () => {
    assert.deepEqual(await dns.said("example.org", "A"), ["REFUSED"]);
  });
});

test("only those who may ask are answered", async () => {
  const dns = await startTestDns({ clients: ["10.244.0.0/16"] });
  try {
    assert.equal(((await askServer(dns.port, "cluster.local", "SOA")).flags ?? 0) & 15, 5);
    await assert.rejects(askServer(dns.port, "cluster.local", "SOA", { transport: "tcp" }));
  } finally {
    await dns.close();
  }
});
