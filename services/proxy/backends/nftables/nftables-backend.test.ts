import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "../../../../lib/base/eventually.ts";
import type { ProxyBackend, ServicePortEntry } from "../backend.ts";
import { inNamespace, type NamespaceStage, openNamespaceStage, podIPv6 } from "./namespace-stage.ts";
import { createNftablesBackend } from "./nftables-backend.ts";

let stage: NamespaceStage;

before(async () => {
  stage = await openNamespaceStage();
});
after(async () => {
  await stage?.close();
});

const service: [string, number] = ["10.96.0.20", 80];
const nodePort = 32_000;
/** For how long an answer is waited for where none is to come. */
const unansweredMs = 1_000;
/** Much longer than nft takes on a busy machine. */
const hangingMs = 3_000;

function entry(numbers: number[], more: Partial<ServicePortEntry> = {}): ServicePortEntry {
  const endpoints = numbers.flatMap((number) => stage.endpoints[number] ?? []);
  return { id: "test/web", protocol: "TCP", addresses: [service[0]], port: service[1], endpoints, ...more };
}

function tables(): string {
  return inNamespace(stage.netns, ["nft", "list", "tables"]);
}

test("a node port's endpoint sees the node as its client, with external endpoints the client itself", async () => {
  await stage.backend.apply({ ports: [entry([0], { nodePort })] });
  assert.equal((await stage.outside.open("10.250.0.1", nodePort)).client, "10.251.0.1");
  await stage.backend.apply({ ports: [entry([0], { nodePort, externalEndpoints: stage.endpoints.slice(0, 1) })] });
  assert.equal((await stage.outside.open("10.250.0.1", nodePort)).client, "10.250.0.2");
});

test("who is in the cluster reaches all endpoints also where those from outside have only the node's own", async () => {
  const external = "10.96.0.40";
  const more = { nodePort, externalAddresses: [external], externalEndpoints: stage.endpoints.slice(2, 3) };
  for (const affinity of [{}, { affinitySeconds: 60 }]) {
    const apply = (numbers: number[], change = {}) =>
      stage.backend.apply({ ports: [entry(numbers, { ...more, ...affinity, ...change })] });
    await apply([0]);
    for (const [address, port] of [
      [external, service[1]],
      ["10.250.0.1", nodePort],
    ] as const) {
      assert.deepEqual(await stage.outside.count(address, port, 4), { e2: 4 });
      for (const inside of [stage.host, stage.pods[1]!])
        assert.deepEqual(await inside.count(address, port, 4), { e0: 4 });
      assert.equal((await stage.pods[1]!.open(address, port)).client, "10.251.0.11");
    }
    await apply([0], { externalEndpoints: [] });
    assert.equal((await stage.outside.open(external, service[1])).error, "ECONNREFUSED");
    assert.deepEqual(await stage.pods[1]!.count(external, service[1], 4), { e0: 4 });
    await apply([], { externalEndpoints: [] });
    assert.equal((await stage.pods[1]!.open(external, service[1])).error, "ECONNREFUSED");
  }
});

test("UDP flows from inside and from outside each stay with endpoints of theirs", async () => {
  const more = { protocol: "UDP" as const, nodePort, externalEndpoints: stage.endpoints.slice(2, 3) };
  await stage.backend.apply({ ports: [entry([0], more)] });
  const ask = () =>
    Promise.all([stage.outside, stage.pods[1]!].map((client) => client.askUdp("10.250.0.1", nodePort, 40_001)));
  assert.deepEqual(await ask(), ["e2", "e0"]);
  await stage.backend.apply({ ports: [entry([1], more)] });
  assert.deepEqual(await ask(), ["e2", "e1"]);
  await stage.backend.apply({ ports: [entry([1], { ...more, externalEndpoints: stage.endpoints.slice(0, 1) })] });
  assert.deepEqual(await ask(), ["e0", "e1"]);
});

test("source ranges let only their clients reach external addresses, and change in place", async () => {
  const [address, free] = ["10.96.0.40", "10.96.0.41"];
  const apply = (sourceRanges?: string[]) => {
    const guarded = entry([0], {
      addresses: [free],
      externalAddresses: [address],
      ...(sourceRanges && { sourceRanges }),
    });
    return stage.backend.apply({ ports: [guarded] });
  };
  await apply(["10.250.0.2/32", "10.251.0.11/32"]);
  assert.equal((await stage.outside.open(address, 80)).name, "e0");
  assert.equal((await stage.pods[1]!.open(address, 80)).name, "e0");
  const refused = stage.pods[2]!.open(address, 80, unansweredMs);
  assert.equal((await stage.pods[2]!.open(free, 80)).name, "e0");
  assert.ok((await refused).error);
  await apply(["10.251.0.12/32"]);
  assert.equal((await stage.pods[2]!.open(address, 80)).name, "e0");
  await apply(["0.0.0.0/0"]);
  assert.equal((await stage.outside.open(address, 80)).name, "e0");
  await apply();
  assert.equal((await stage.outside.open(address, 80)).name, "e0");
  assert.doesNotMatch(inNamespace(stage.netns, ["nft", "list", "table", "inet", "typernetes"]), /guard4-/);
});

test("between pods an endpoint sees the pod that asks, and itself as the node", async () => {
  // The service's port is a node port too: only connections to that are masqueraded.
  const ports = [entry([0], { port: nodePort }), entry([1], { id: "test/other", addresses: [], nodePort })];
  await stage.backend.apply({ ports });
  assert.equal((await stage.pods[2]!.open(service[0], nodePort)).client, "10.251.0.12");
  assert.equal((await stage.pods[0]!.open(service[0], nodePort)).client, "10.251.0.1");
});

test("IPv6 services have their own endpoints", async () => {
  inNamespace(stage.netns, ["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]);
  const endpoints = [0, 1].map((number) => ({ ip: podIPv6(number), port: 8080 }));
  const serve = endpoints.map((endpoint, number) =>
    stage.pods[number]!.request({ do: "serve", ...endpoint, name: `six${number}` }),
  );
  assert.deepEqual(await Promise.all(serve), [{}, {}]);
  const ports = [
    entry([2], { addresses: [service[0], "fd00:96:0::20"], endpoints: [...endpoints, stage.endpoints[2]!] }),
    entry([], { id: "test/dns", protocol: "UDP", addresses: ["fd00:96::21"], endpoints }),
    entry([], { id: "test/sticky", addresses: ["fd00:96::22"], endpoints, affinitySeconds: 60 }),
    entry([], { id: "test/none", addresses: ["fd00:96::23"] }),
  ];
  await stage.backend.apply({ ports });
  assert.deepEqual(Object.keys(await stage.host.count("fd00:96::20", 80, 40)).sort(), ["six0", "six1"]);
  assert.deepEqual(await stage.host.count(...service, 5), { e2: 5 });
  assert.match(await stage.host.askUdp("fd00:96::21", 80), /^six/);
  assert.equal(Object.keys(await stage.host.count("fd00:96::22", 80, 10)).length, 1);
  assert.equal((await stage.host.open("fd00:96::23", 80)).error, "ECONNREFUSED");
});

test("a second proxy for the same table is refused, under another name it works beside the first", async () => {
  const { netns } = stage;
  await assert.rejects(createNftablesBackend({ netns }), /another proxy programs the nftables table typernetes/);
  const second = await createNftablesBackend({ netns, table: "second" });
  try {
    await second.apply({ ports: [entry([1], { addresses: ["10.96.0.30"] })] });
    await stage.backend.apply({ ports: [entry([0])] });
    assert.deepEqual(await stage.host.count("10.96.0.30", 80, 4), { e1: 4 });
    assert.deepEqual(await stage.host.count(...service, 4), { e0: 4 });
  } finally {
    await second.close();
  }
  assert.doesNotMatch(tables(), /second/);
});

test("node ports go on to answer on 127.0.0.1 when another proxy of the network ends", async () => {
  const { netns } = stage;
  await stage.backend.apply({ ports: [entry([0], { nodePort })] });
  inNamespace(netns, ["sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=0"]);
  const second = await createNftablesBackend({ netns, table: "second" });
  await second.apply({ ports: [entry([1], { addresses: ["10.96.0.30"], nodePort: nodePort + 1 })] });
  assert.deepEqual(await stage.host.count("127.0.0.1", nodePort + 1, 4), { e1: 4 });
  await second.close();
  assert.deepEqual(await stage.host.count("127.0.0.1", nodePort, 4), { e0: 4 });
});

test("a new proxy takes over from one that was killed: its rules are replaced, remembered clients are kept", async () => {
  const sticky = entry([0, 1, 2], { affinitySeconds: 60 });
  await stage.backend.apply({ ports: [sticky, entry([1], { id: "test/gone", addresses: ["10.96.0.31"] })] });
  const [name] = Object.keys(await stage.host.count(...service, 3));
  // What a killed proxy leaves is a table without an owner: here a copy of the living one's under another name.
  const left = inNamespace(stage.netns, ["nft", "list", "table", "inet", "typernetes"]);
  await stage.backend.apply({ ports: [] });
  inNamespace(stage.netns, ["nft", "-f", "-"], left.replace("table inet typernetes", "table inet left"));
  assert.deepEqual(await stage.host.count(...service, 3), { [`${name}`]: 3 }, "the copy works");
  const successor = await createNftablesBackend({ netns: stage.netns, table: "left" });
  try {
    await successor.apply({ ports: [sticky] });
    assert.deepEqual(await stage.host.count(...service, 20), { [`${name}`]: 20 });
    assert.doesNotMatch(inNamespace(stage.netns, ["nft", "list", "table", "inet", "left"]), /10\.96\.0\.31/);
  } finally {
    await successor.close();
  }
  assert.doesNotMatch(tables(), /left/);
});

test("what others did to the table is made good by the next apply, changed or not", async () => {
  await stage.backend.apply({ ports: [entry([0])] });
  inNamespace(stage.netns, ["nft", "delete", "table", "inet", "typernetes"]);
  await stage.backend.apply({ ports: [entry([1])] });
  assert.deepEqual(await stage.host.count(...service, 4), { e1: 4 });
  inNamespace(stage.netns, ["nft", "flush", "ruleset"]);
  await stage.backend.apply({ ports: [entry([1])] });
  assert.deepEqual(await stage.host.count(...service, 4), { e1: 4 });
  assert.match(stage.warnings.at(-1) ?? "", /programming everything anew: .*No such file or directory/s);
});

test("when nft refuses, apply fails with its words and the state before goes on", async () => {
  await stage.backend.apply({ ports: [entry([0])] });
  const directory = mkdtempSync(join(tmpdir(), "nft-refuses-"));
  const path = process.env["PATH"];
  writeFileSync(join(directory, "nft"), "#!/bin/sh\necho 'Error: out of paper' >&2\nexit 1\n", { mode: 0o755 });
  try {
    process.env["PATH"] = `${directory}:${path}`;
    await assert.rejects(stage.backend.apply({ ports: [entry([1])] }), /^ToolError: Error: out of paper$/);
  } finally {
    process.env["PATH"] = path;
    rmSync(directory, { recursive: true });
  }
  assert.deepEqual(await stage.host.count(...service, 4), { e0: 4 });
  await stage.backend.apply({ ports: [entry([1])] });
  assert.deepEqual(await stage.host.count(...service, 4), { e1: 4 });
});

test("a tool that hangs is stopped at the deadline, and the next apply programs everything", async () => {
  const backend = await createNftablesBackend({ netns: stage.netns, table: "slow", deadlineMs: hangingMs });
  // On a busy machine also a tool that does not hang may take longer.
  const applies = (numbers: number[]) =>
    eventually(async () => {
      await backend.apply({ ports: [entry(numbers, { addresses: ["10.96.0.32"] })] });
      return true;
    });
  const directory = mkdtempSync(join(tmpdir(), "nft-hangs-"));
  const path = process.env["PATH"];
  writeFileSync(join(directory, "nft"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  try {
    await applies([0]);
    process.env["PATH"] = `${directory}:${path}`;
    await assert.rejects(
      backend.apply({ ports: [entry([1], { addresses: ["10.96.0.32"] })] }),
      new RegExp(`no answer within ${hangingMs} ms`),
    );
    process.env["PATH"] = path;
    await applies([2]);
    assert.deepEqual(await stage.host.count("10.96.0.32", 80, 4), { e2: 4 });
  } finally {
    process.env["PATH"] = path;
    rmSync(directory, { recursive: true });
    await backend.close();
  }
});

test("UDP flows end with their service, and those from before a service come to it", async () => {
  const udp = entry([0], { id: "test/dns", protocol: "UDP", port: 53 });
  await stage.backend.apply({ ports: [] });
  // Nobody answers yet; the flow past the service stays in the kernel's list.
  assert.equal(await stage.pods[2]!.askUdp(service[0], 53, 4000, unansweredMs), "TIMEOUT");
  await stage.backend.apply({ ports: [udp] });
  assert.equal(await stage.pods[2]!.askUdp(service[0], 53, 4000), "e0");
  await stage.backend.apply({ ports: [] });
  assert.notEqual(await stage.pods[2]!.askUdp(service[0], 53, 4000, unansweredMs), "e0");
});

test("of two services with one address the first has it, until it goes", async () => {
  const [first, second] = [entry([0]), entry([1], { id: "test/second" })];
  await stage.backend.apply({ ports: [first, second] });
  assert.deepEqual(await stage.host.count(...service, 4), { e0: 4 });
  assert.match(stage.warnings.at(-1) ?? "", /test\/second: 10.96.0.20 . tcp . 80 already belongs to another service/);
  await stage.backend.apply({ ports: [second] });
  assert.deepEqual(await stage.host.count(...service, 4), { e1: 4 });
});

test("after services came and went nothing of them is left in the table", async () => {
  const rules = () => inNamespace(stage.netns, ["nft", "list", "table", "inet", "typernetes"]);
  await stage.backend.apply({ ports: [] });
  const empty = rules();
  const ports = [
    entry([0, 1, 2], { nodePort }),
    entry([0, 1], { id: "test/sticky", port: 81, affinitySeconds: 60, nodePort: nodePort + 1 }),
    entry([], { id: "test/none", port: 82 }),
  ];
  await stage.backend.apply({ ports });
  assert.notEqual(rules(), empty);
  await stage.host.count(service[0], 81, 2);
  await stage.backend.apply({ ports: [] });
  assert.equal(rules(), empty);
});

test("5,000 services with 50,000 endpoints are programmed, and one endpoint's change takes a small part of that", async (t) => {
  const all = Array.from({ length: 5_000 }, (_, index) => largeService(index, 10));
  const [, ...others] = all;
  const backend: ProxyBackend = await createNftablesBackend({ netns: stage.netns, table: "large" });
  try {
    const everythingMs = await timeOf(() => backend.apply({ ports: all }));
    const changesMs: number[] = [];
    for (const count of [9, 10, 9, 10, 9]) {
      changesMs.push(await timeOf(() => backend.apply({ ports: [largeService(0, count), ...others] })));
    }
    const freshMs = await timeOf(() => backend.apply(structuredClone({ ports: all })));
    const listed = inNamespace(stage.netns, ["nft", "list", "map", "inet", "large", "tcpendpoints4"]);
    assert.equal(listed.match(/ : 10\./g)?.length, 50_000);
    t.diagnostic(
      `everything: ${everythingMs} ms; one endpoint: ${changesMs.join(", ")} ms; in a table of new objects: ${freshMs} ms`,
    );
    assert.ok(Math.min(...changesMs) < everythingMs / 5);
  } finally {
    const closeMs = await timeOf(() => backend.close());
    t.diagnostic(`close: ${closeMs} ms`);
  }
});

/** One of many services, with `count` endpoints. */
function largeService(index: number, count: number): ServicePortEntry {
  const endpoints = Array.from({ length: count }, (_, slot) => {
    const number = index * 10 + slot;
    return { ip: `10.${130 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`, port: 8080 };
  });
  return {
    id: `many/${index}`,
    protocol: "TCP",
    addresses: [`10.97.${index >> 8}.${index & 255}`],
    port: 80,
    endpoints,
  };
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return Math.round(performance.now() - startMs);
}
