import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Answer } from "dns-packet";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { startListeners } from "../listeners.ts";
import { parseQuery } from "../message/query.ts";
import { Reply } from "../message/reply.ts";
import { type NameServer, parseNameServer } from "../options.ts";
import { dataOf, startTestDns } from "../test-dns.ts";
import { Forwarder } from "./forwarder.ts";
import { nameServersOf, parseStubDomains, UpstreamServers } from "./upstream-servers.ts";

/** Another name server. */
interface Other extends NameServer {
  asked: string[];
}

type Said = { rcode?: string; answers?: Answer[]; authorities?: Answer[] } | "nothing";

async function startOther(context: TestContext, say: (name: string, type: string) => Said): Promise<Other> {
  const asked: string[] = [];
  const responder = {
    respond: (message: Buffer, transport: string) => {
      const query = parseQuery(message);
      if (typeof query === "string") return undefined;
      asked.push(`${query.name} ${query.type} ${transport}`);
      const said = say(query.name, query.type);
      if (said === "nothing") return undefined;
      const content = { rcode: "NOERROR", authoritative: true, answers: [], authorities: [], additionals: [], ...said };
      const sizeMax = transport === "udp" ? 512 : 65_535;
      const { question, repeatedFlags } = query;
      return new Reply(content, { question, repeatedFlags, sizeMax }).write(message.readUInt16BE(0), 0);
    },
    refuse: () => undefined,
  };
  const settings = { responder, clients: undefined, logger: silentLogger };
  const { port, close } = await startListeners(["127.0.0.1"], 0, settings);
  context.after(close);
  return { address: "127.0.0.1", port, asked };
}

const a = (name: string, data: string, ttl = 60): Answer => ({ name, type: "A", ttl, data });
const soa = (name: string, minimum: number): Answer => ({
  name,
  type: "SOA",
  ttl: 3600,
  data: { mname: `ns.${name}`, rname: `admin.${name}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});
const ask = (name: string, type = "A") => ({ name, type, class: "IN", dnssec: false, checkingDisabled: false });

const timeoutMs = 1_000;

function forwarderTo(upstreams: NameServer[], clock: SimulatedClock): Forwarder {
  const options = { upstreams, resolvConf: "/nonexistent", stubDomains: {} };
  return new Forwarder({ servers: new UpstreamServers(options, clock, () => false), clock, timeoutMs });
}

test("other names are asked of other servers, and stub domains of theirs", async (context) => {
  const [upstream, stub] = [
    await startOther(context, (name) => ({ answers: [a(name, "192.0.2.1")] })),
    await startOther(context, (name) => ({ answers: [a(name, "192.0.2.2")] })),
  ];
  const stubDomains = { "corp.example": [stub] };
  const dns = await startTestDns({ upstreams: [upstream], stubDomains });
  context.after(() => dns.close());
  assert.deepEqual(await dns.said("www.example.org", "A"), ["192.0.2.1"]);
  assert.deepEqual(await dns.said("db.corp.example", "A"), ["192.0.2.2"]);
  assert.deepEqual(await dns.said("xcorp.example", "A"), ["192.0.2.1"]);
  assert.deepEqual(await dns.said("none.default.svc.cluster.local", "A"), ["NXDOMAIN"]);
  const { flag_aa, flag_ra } = await dns.ask("www.example.org", "A");
  assert.deepEqual([flag_aa, flag_ra], [false, true]);
  assert.deepEqual(upstream.asked, ["www.example.org A udp", "xcorp.example A udp"]);
});

test("an external name leads to the addresses that others know", async (context) => {
  const upstream = await startOther(context, (name) => ({ answers: [a(name, "192.0.2.1")] }));
  const dns = await startTestDns({ upstreams: [upstream] });
  context.after(() => dns.close());
  await dns.service("out", { type: "ExternalName", externalName: "db.example.org" });
  await eventually(async () => {
    assert.deepEqual(await dns.said("out.default.svc.cluster.local", "A"), ["192.0.2.1", "db.example.org"]);
    return true;
  });
});

test("answers are remembered for their time, and grow older", async (context) => {
  const upstream = await startOther(context, (name) => ({ answers: [a(name, "192.0.2.1", 20)] }));
  const clock = new SimulatedClock();
  const forwarder = forwarderTo([upstream], clock);
  const ttlOf = async () => {
    const [answer] = (await forwarder.resolve(ask("www.example.org"))).answers;
    return answer && "ttl" in answer ? answer.ttl : undefined;
  };
  assert.equal(await ttlOf(), 20);
  await clock.advance(5_500);
  assert.equal(await ttlOf(), 15);
  assert.equal(upstream.asked.length, 1);
  await clock.advance(15_000);
  assert.equal(await ttlOf(), 20);
  assert.equal(upstream.asked.length, 2);
});

test("that there is nothing is remembered as long as its zone says, and not without it", async (context) => {
  const upstream = await startOther(context, (name) => {
    if (name === "bare.example.org") return { rcode: "NXDOMAIN" };
    const rcode = name.startsWith("none.") ? "NXDOMAIN" : "NOERROR";
    return { rcode, authorities: [soa("example.org", 10)] };
  });
  const clock = new SimulatedClock();
  const forwarder = forwarderTo([upstream], clock);
  for (const [name, rcode] of [
    ["none.example.org", "NXDOMAIN"],
    ["empty.example.org", "NOERROR"],
  ] as const) {
    upstream.asked.length = 0;
    for (let count = 0; count < 3; count++) assert.equal((await forwarder.resolve(ask(name))).rcode, rcode);
    assert.equal(upstream.asked.length, 1, name);
    await clock.advance(10_000);
    await forwarder.resolve(ask(name));
    assert.equal(upstream.asked.length, 2, name);
  }
  upstream.asked.length = 0;
  for (let count = 0; count < 2; count++) await forwarder.resolve(ask("bare.example.org"));
  assert.equal(upstream.asked.length, 2);
});

test("a server that is silent, fails or is not there gives way to the next, and rests", async (context) => {
  const silent = await startOther(context, () => "nothing");
  const failing = await startOther(context, () => ({ rcode: "SERVFAIL" }));
  const good = await startOther(context, (name) => ({ answers: [a(name, "192.0.2.1")] }));
  const clock = new SimulatedClock();
  const forwarder = forwarderTo([silent, failing, good], clock);
  /** The answer to a question that the silent server is asked first. */
  const afterSilence = async (name: string, asked: number) => {
    const answer = forwarder.resolve(ask(name));
    await eventually(() => silent.asked.length === asked);
    await clock.advance(timeoutMs);
    return (await answer).answers.map(dataOf);
  };
  assert.deepEqual(await afterSilence("one.example.org", 1), ["192.0.2.1"]);
  assert.deepEqual((await forwarder.resolve(ask("two.example.org"))).answers.map(dataOf), ["192.0.2.1"]);
  assert.equal(silent.asked.length, 1);
  await clock.advance(10_001);
  assert.deepEqual(await afterSilence("three.example.org", 2), ["192.0.2.1"]);
  const none = forwarderTo([{ address: "127.0.0.1", port: 1 }], clock);
  assert.equal((await none.resolve(ask("www.example.org"))).rcode, "SERVFAIL");
});

test("an answer that was cut is asked for again over TCP", async (context) => {
  const addresses = Array.from({ length: 60 }, (_, index) => `192.0.2.${index}`);
  const upstream = await startOther(context, (name) => ({ answers: addresses.map((ip) => a(name, ip)) }));
  const forwarder = forwarderTo([upstream], new SimulatedClock());
  assert.equal((await forwarder.resolve(ask("www.example.org"))).answers.length, 60);
  assert.deepEqual(upstream.asked, ["www.example.org A udp", "www.example.org A tcp"]);
});

test("a server that sends questions back here is asked once, and the client hears of it", async (context) => {
  const holder: { forwarder?: Forwarder } = {};
  let asked = 0;
  const responder = {
    respond: async (message: Buffer) => {
      const query = parseQuery(message);
      if (typeof query === "string" || !holder.forwarder) return message;
      asked++;
      const content = await holder.forwarder.resolve(ask(query.name));
      const { question, repeatedFlags } = query;
      return new Reply(content, { question, repeatedFlags, sizeMax: 512 }).write(message.readUInt16BE(0), 0);
    },
    refuse: () => undefined,
  };
  const { port, close } = await startListeners(["127.0.0.1"], 0, {
    responder,
    clients: undefined,
    logger: silentLogger,
  });
  context.after(close);
  const clock = new SimulatedClock();
  holder.forwarder = forwarderTo([{ address: "127.0.0.1", port }], clock);
  const answer = holder.forwarder.resolve(ask("www.example.org"));
  for (const times of [1, 2]) {
    await eventually(() => asked === times);
    await clock.advance(timeoutMs);
  }
  assert.equal((await answer).rcode, "SERVFAIL");
  assert.equal(asked, 2);
});

test("the machine's name servers are read anew when they change, without this server itself", async (context) => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-dns-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const resolvConf = join(directory, "resolv.conf");
  const clock = new SimulatedClock();
  const isOwn = ({ address }: NameServer) => address === "10.96.0.10";
  const servers = new UpstreamServers({ resolvConf, stubDomains: {} }, clock, isOwn);
  assert.deepEqual(servers.serversFor("example.org"), []);
  writeFileSync(resolvConf, "# comment\nnameserver 10.96.0.10\n nameserver 192.0.2.1 \noptions ndots:2\n");
  await clock.advance(5_000);
  assert.deepEqual(servers.serversFor("example.org"), [{ address: "192.0.2.1", port: 53 }]);
  assert.equal(nameServersOf("nameserver ::1\nnameserver a\nnameserver b\nnameserver c\n").length, 3);
});

test("name servers and stub domains are written as addresses with ports", () => {
  assert.deepEqual(parseNameServer("192.0.2.1"), { address: "192.0.2.1", port: 53 });
  assert.deepEqual(parseNameServer("192.0.2.1:5353"), { address: "192.0.2.1", port: 5353 });
  assert.deepEqual(parseNameServer("fd00::1"), { address: "fd00::1", port: 53 });
  assert.deepEqual(parseNameServer("[fd00::1]:5353"), { address: "fd00::1", port: 5353 });
  for (const text of ["", "name.example", "192.0.2.1:x", "192.0.2.1:70000"])
    assert.throws(() => parseNameServer(text), /is no name server/);
  assert.deepEqual(parseStubDomains(["Corp.Example.=192.0.2.1", "corp.example=192.0.2.2:54"]), {
    "corp.example": [
      { address: "192.0.2.1", port: 53 },
      { address: "192.0.2.2", port: 54 },
    ],
  });
});
