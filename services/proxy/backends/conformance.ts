import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Endpoint, ProxyBackend, ServicePortEntry } from "./backend.ts";
import type { Agent, Reply } from "./conformance-client.ts";

/** A node with its backend, servers behind it and clients around it, for one run of the conformance test. */
export interface Stage {
  backend: ProxyBackend;
  /** On the node itself. */
  host: Agent;
  /** Three pods; each serves TCP and UDP at its endpoint, under the name `e0`, `e1`, `e2`. */
  pods: Agent[];
  endpoints: Endpoint[];
  /** Neither on the node nor in a pod. */
  outside: Agent;
  /** Addresses that services may take. */
  serviceAddresses: string[];
  /** Where node ports are reached from the host, and from outside. */
  nodeAddresses: { host: string[]; outside: string };
  /** The first of some ports that services and node ports may use. */
  firstPort: number;
  close(): Promise<void>;
}

const refusedAtOnceMs = 1_000;

/** The promises of `ProxyBackend`, tried with real connections. */
export function testBackendConformance(name: string, openStage: () => Promise<Stage>): void {
  let stage: Stage;
  let portCount = 0;

  before(async () => {
    stage = await openStage();
  });
  after(async () => {
    await stage?.close();
  });

  /** A service of its own for each test, with the endpoints of the pods `numbers`. */
  function service(protocol: "TCP" | "UDP", numbers: number[], more: Partial<ServicePortEntry> = {}): ServicePortEntry {
    const port = stage.firstPort + portCount++;
    const endpoints = at(...numbers);
    return { id: `test/${port}`, protocol, addresses: [stage.serviceAddresses[0] ?? ""], port, endpoints, ...more };
  }

  function at(...numbers: number[]): Endpoint[] {
    return numbers.flatMap((number) => stage.endpoints[number] ?? []);
  }

  function addressOf(entry: ServicePortEntry): [string, number] {
    return [entry.addresses[0] ?? "", entry.port];
  }

  const apply = (...ports: ServicePortEntry[]) => stage.backend.apply({ ports });

  test(`${name}: connections from the host and from pods are spread over all endpoints`, async () => {
    const entry = service("TCP", [0, 1, 2]);
    await apply(entry);
    for (const client of [stage.host, stage.pods[0]!]) {
      const names = await client.count(...addressOf(entry), 60);
      assert.deepEqual(Object.keys(names).sort(), ["e0", "e1", "e2"], JSON.stringify(names));
      assert.ok(Math.min(...Object.values(names)) >= 5, JSON.stringify(names));
    }
  });

  test(`${name}: a service is reached at each of its addresses and only at its port`, async () => {
    const entry = { ...service("TCP", [0]), addresses: stage.serviceAddresses };
    const other = service("TCP", [1]);
    await apply(entry, other);
    for (const address of stage.serviceAddresses) {
      assert.deepEqual(await stage.host.count(address, entry.port, 5), { e0: 5 });
    }
    assert.deepEqual(await stage.host.count(...addressOf(other), 5), { e1: 5 });
  });

  test(`${name}: UDP packets of one client port stay with their endpoint, those of many are spread`, async () => {
    const entry = service("UDP", [0, 1, 2]);
    await apply(entry);
    const flowPort = stage.firstPort + 900;
    const first = await stage.host.askUdp(...addressOf(entry), flowPort);
    for (let round = 0; round < 10; round++) {
      assert.equal(await stage.host.askUdp(...addressOf(entry), flowPort), first);
    }
    const names = new Set<string>();
    for (let round = 0; round < 100 && names.size < 3; round++) {
      names.add(await stage.pods[0]!.askUdp(...addressOf(entry)));
    }
    assert.deepEqual([...names].sort(), ["e0", "e1", "e2"]);
  });

  test(`${name}: a service without endpoints refuses at once, and serves as soon as it has one`, async () => {
    const tcp = service("TCP", []);
    const udp = service("UDP", []);
    await apply(tcp, udp);
    for (const client of [stage.host, stage.pods[0]!]) {
      await eventually(async () => {
        const reply = await client.open(...addressOf(tcp));
        assert.equal(reply.error, "ECONNREFUSED");
        return (reply.tookMs ?? 0) < refusedAtOnceMs;
      });
      assert.equal(await client.askUdp(...addressOf(udp)), "ECONNREFUSED");
    }
    await apply({ ...tcp, endpoints: at(1) }, { ...udp, endpoints: at(1) });
    assert.equal((await stage.host.open(...addressOf(tcp))).name, "e1");
    assert.equal(await stage.host.askUdp(...addressOf(udp)), "e1");
    await apply(tcp, udp);
    assert.equal((await stage.host.open(...addressOf(tcp))).error, "ECONNREFUSED");
  });

  test(`${name}: a removed endpoint keeps its connections and gets no new ones, under load without a failure`, async () => {
    const entry = service("TCP", [0, 1, 2]);
    await apply(entry);
    const established: Reply[] = [];
    while (established.length < 20 || !established.some((connection) => connection.name === "e0")) {
      established.push(await stage.pods[2]!.open(...addressOf(entry)));
      assert.ok(established.length < 200, "no connection goes to e0");
    }
    const load = stage.host.count(...addressOf(entry), 500);
    await apply({ ...entry, endpoints: at(1, 2) });
    const afterwards = await stage.pods[2]!.count(...addressOf(entry), 60);
    assert.deepEqual(Object.keys(afterwards).sort(), ["e1", "e2"]);
    const during = await load;
    assert.deepEqual(
      Object.keys(during).filter((answer) => !/^e\d$/.test(answer)),
      [],
      JSON.stringify(during),
    );
    for (const { connection = 0 } of established) {
      assert.equal((await stage.pods[2]!.request({ do: "ask", connection, text: "still there" })).text, "still there");
    }
  });

  test(`${name}: UDP flows of a removed endpoint go on at another`, async () => {
    const entry = service("UDP", [0]);
    await apply(entry);
    const flowPort = stage.firstPort + 901;
    assert.equal(await stage.pods[1]!.askUdp(...addressOf(entry), flowPort), "e0");
    await apply({ ...entry, endpoints: at(2) });
    assert.equal(await stage.pods[1]!.askUdp(...addressOf(entry), flowPort), "e2");
  });

  test(`${name}: with affinity each client keeps its endpoint`, async () => {
    const entry = service("TCP", [0, 1, 2], { affinitySeconds: 60 });
    await apply(entry);
    for (const client of [stage.host, ...stage.pods]) {
      assert.equal(Object.keys(await client.count(...addressOf(entry), 12)).length, 1);
    }
  });

  test(`${name}: with affinity a client moves when its endpoint is removed, and only then`, async () => {
    const entry = service("TCP", [0, 1], { affinitySeconds: 60 });
    await apply(entry);
    const kept = await stage.host.count(...addressOf(entry), 4);
    const [number, other] = kept["e0"] ? [0, 1] : [1, 0];
    await apply({ ...entry, endpoints: at(number, 2) });
    assert.deepEqual(await stage.host.count(...addressOf(entry), 8), { [`e${number}`]: 8 });
    await apply({ ...entry, endpoints: at(other) });
    assert.deepEqual(await stage.host.count(...addressOf(entry), 8), { [`e${other}`]: 8 });
  });

  test(`${name}: affinity ends when the client was away for its time`, async () => {
    const entry = service("TCP", [0, 1, 2], { affinitySeconds: 1 });
    await apply(entry);
    const deadlineMs = Date.now() + 60_000;
    const names = new Set<string | undefined>();
    while (names.size < 2 && Date.now() < deadlineMs) {
      names.add((await stage.host.open(...addressOf(entry))).name);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    assert.equal(names.size, 2);
  });

  test(`${name}: a pod reaches itself by its service`, async () => {
    const tcp = service("TCP", [0]);
    const udp = service("UDP", [0]);
    await apply(tcp, udp);
    assert.deepEqual(await stage.pods[0]!.count(...addressOf(tcp), 5), { e0: 5 });
    assert.equal(await stage.pods[0]!.askUdp(...addressOf(udp)), "e0");
  });

  test(`${name}: a node port answers on the node's addresses, its loopback included`, async () => {
    const tcp = service("TCP", [0, 1], { nodePort: stage.firstPort + 500 });
    const udp = service("UDP", [0, 1], { nodePort: stage.firstPort + 500 });
    await apply(tcp, udp);
    for (const address of stage.nodeAddresses.host) {
      const names = await stage.host.count(address, stage.firstPort + 500, 40);
      assert.deepEqual(Object.keys(names).sort(), ["e0", "e1"], `${address} ${JSON.stringify(names)}`);
      assert.match(await stage.host.askUdp(address, stage.firstPort + 500), /^e[01]$/, address);
    }
    for (const client of [stage.outside, stage.pods[0]!]) {
      const names = await client.count(stage.nodeAddresses.outside, stage.firstPort + 500, 40);
      assert.deepEqual(Object.keys(names).sort(), ["e0", "e1"], JSON.stringify(names));
    }
    await apply({ ...tcp, endpoints: [] }, { ...udp, endpoints: [] });
    assert.equal((await stage.outside.open(stage.nodeAddresses.outside, stage.firstPort + 500)).error, "ECONNREFUSED");
    assert.equal(await stage.host.askUdp("127.0.0.1", stage.firstPort + 500), "ECONNREFUSED");
  });

  test(`${name}: connections from outside go to the endpoints for them, those from inside to all`, async () => {
    const external = stage.serviceAddresses[1] ?? "";
    const nodePort = stage.firstPort + 501;
    const entry = service("TCP", [0, 1], { nodePort, externalAddresses: [external], externalEndpoints: at(2) });
    await apply(entry);
    assert.deepEqual(await stage.outside.count(stage.nodeAddresses.outside, nodePort, 10), { e2: 10 });
    assert.deepEqual(await stage.outside.count(external, entry.port, 10), { e2: 10 });
    const [nodeAddress = ""] = stage.nodeAddresses.host;
    const inside: [Agent, string, number][] = [
      [stage.host, ...addressOf(entry)],
      [stage.host, nodeAddress, nodePort],
      [stage.pods[0]!, stage.nodeAddresses.outside, nodePort],
      [stage.pods[0]!, external, entry.port],
    ];
    for (const [client, ip, port] of inside)
      assert.deepEqual(Object.keys(await client.count(ip, port, 40)).sort(), ["e0", "e1"], ip);
  });

  test(`${name}: each direction of a connection ends by itself`, async () => {
    const entry = service("TCP", [1]);
    await apply(entry);
    const { connection = 0 } = await stage.host.open(...addressOf(entry));
    const text = "x".repeat(65_536);
    const reply = await stage.host.request({ do: "finish", connection, text, times: 100 });
    assert.equal(reply.text, `received ${100 * text.length}`);
  });

  test(`${name}: a table that cannot be programmed is refused and changes nothing`, async () => {
    const entry = service("TCP", [0]);
    await apply(entry);
    const broken = { ...service("TCP", []), endpoints: [{ ip: "10.0.0.1 . 80 }; flush ruleset", port: 80 }] };
    await assert.rejects(apply({ ...entry, endpoints: at(1) }, broken), /is not an endpoint/);
    assert.deepEqual(await stage.host.count(...addressOf(entry), 5), { e0: 5 });
  });

  test(`${name}: applies that are asked for at once end with the last one`, async () => {
    const entry = service("TCP", [0]);
    await Promise.all([0, 1, 2, 1, 2].map((number) => apply({ ...entry, endpoints: at(number) })));
    assert.deepEqual(await stage.host.count(...addressOf(entry), 5), { e2: 5 });
  });

  test(`${name}: a closed backend forwards nothing and takes no more tables`, async () => {
    const entry = service("TCP", [0], { nodePort: stage.firstPort + 502 });
    await apply(entry);
    assert.equal((await stage.host.open("127.0.0.1", stage.firstPort + 502)).name, "e0");
    await stage.backend.close();
    await stage.backend.close();
    assert.equal((await stage.host.open("127.0.0.1", stage.firstPort + 502)).error, "ECONNREFUSED");
    await assert.rejects(apply(entry), /closed/);
  });
}
