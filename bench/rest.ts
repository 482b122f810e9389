import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { bundled } from "./support/bundled.ts";
import { LoadConnection, openConnection, requestBytes, type Target } from "./support/https-load.ts";
import { type Figure, median, record } from "./support/record.ts";
import type { Started, Work } from "./support/rest-servers.ts";

/*
 * The REST door beside a bare HTTPS server that answers the same bytes, both in one process of their own, asked in turns over
 * HTTP/1.1: gets, durable creates, lists and fan-out to watchers. Beside each rate stands the processor time that the serving
 * process took for it, which says more than the rate where the machine has other work.
 * With PROFILE=DIRECTORY the processor's time in the serving process is written down there.
 * Usage: rest.ts [seconds per turn] [what, of: get configmap pod list fan-out]
 */
const turnMs = Number(process.argv[2] ?? 1) * 1000;
const only = process.argv[3];
const turns = 5;
/** What counts is how fast either is once it is compiled. */
const warmUpExchanges = { "/s": 8000, "MB/s": 100 };
const warmUpTurnsMax = 20;
const connectionCount = 32;
const podCount = 5000;
const watcherCount = 1000;
const figures: Figure[] = [];

const program = await bundled("bench/support/rest-servers.ts");
const profile = process.env["PROFILE"];
const child = fork(program.file, {
  execArgv: ["--expose-gc", ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [])],
  stdio: ["ignore", "inherit", "inherit", "ipc"],
});
const [started]: [Started] = (await once(child, "message")) as [Started];
const { ca, cert, key } = started;
const real: Target = { port: started.apiserverPort, ca, cert, key };
const bare: Target = { port: started.barePort, ca };

try {
  if (isWanted("get")) await benchGets();
  if (isWanted("configmap")) await benchCreates("ConfigMap", "configmaps", configMapOf, 0.75);
  if (isWanted("pod")) await benchCreates("Pod", "pods", podOf, 0.65);
  if (isWanted("list")) await benchLists();
  if (isWanted("fan-out")) await benchFanOut();
} finally {
  child.send("stop" satisfies Work);
  rmSync(program.directory, { recursive: true });
}
if (only) console.log(figures);
else record("rest", figures);

function isWanted(part: string): boolean {
  return only === undefined || only === part;
}

async function benchGets(): Promise<void> {
  const pods = "/api/v1/namespaces/default/pods";
  await single(real, requestBytes("POST", pods, podOf("read")));
  const body = await bodyOf(real, `${pods}/read`);
  await ask({ serve: body, path: "/pod" });
  const get = (path: string) => () => requestBytes("GET", path);
  const [ours, peers] = [await openLane(real, get(`${pods}/read`)), await openLane(bare, get("/pod"))];
  await inTurns("get Pod", "/s", 0.6, ours, peers);
}

async function benchCreates(
  kind: string,
  plural: string,
  bodyOf: (name: string) => string,
  goal: number,
): Promise<void> {
  const path = `/api/v1/namespaces/default/${plural}`;
  let next = 0;
  const post = () => requestBytes("POST", path, bodyOf(`${plural}-${next++}`));
  await inTurns(`create ${kind}, durable`, "/s", goal, await openLane(real, post), await openLane(bare, post));
}

async function benchLists(): Promise<void> {
  await ask({ fill: podCount });
  const path = "/api/v1/namespaces/default/pods?labelSelector=app%3Dlisted";
  await ask({ serve: await bodyOf(real, path), path: "/pods" });
  await usage();
  const before = await usage();
  const get = (url: string) => () => requestBytes("GET", url);
  const [ours, peers] = [await openLane(real, get(path), 4), await openLane(bare, get("/pods"), 4)];
  // Before the bare server lists: what it holds is not ours.
  await warmUp(ours, "MB/s");
  const { peakBytes } = await usage();
  const growth = (peakBytes - before.residentBytes) / 1e6;
  await inTurns(`list of ${podCount} pods`, "MB/s", 0.5, ours, peers);
  figures.push({ what: "memory while listing, above that before", value: growth, unit: "MB", goal: 100 });
}

/** Processor time of the server for each watcher of an event, beside one that writes the same bytes to as many answers. */
async function benchFanOut(): Promise<void> {
  const path = "/api/v1/namespaces/kube-public/configmaps";
  const events = 50;
  const post = (index: number) => requestBytes("POST", path, configMapOf(`event-${index}`));
  const connection = await LoadConnection.open(real);
  const watching = await watchers(real, `${path}?watch=true&resourceVersion=0`);
  const cost = async (send: (index: number) => Promise<unknown>, all: Watchers) => {
    const before = await usage();
    for (let index = 0; index < events; index++) {
      const seen = all.next();
      await send(index);
      await seen;
    }
    return ((await usage()).cpuMicros - before.cpuMicros) / events / watcherCount;
  };
  const micros = await cost((index) => connection.exchange(post(index)), watching);
  const event = watching.lastLine();
  watching.close();
  connection.close();
  const waiting = await watchers(bare, "/wait");
  const bareMicros = await cost(() => ask({ event }), waiting);
  waiting.close();
  const what = `event to each of ${watcherCount} watchers`;
  figures.push({ what, value: micros, unit: "µs of CPU", peer: { what: "bare writes", value: bareMicros } });
}

interface Watchers {
  /** Resolves when every watcher has got something more. */
  next(): Promise<void>;
  lastLine(): string;
  close(): void;
}

async function watchers(target: Target, path: string): Promise<Watchers> {
  let seen = 0;
  let last = "";
  let resolveNext = () => {};
  const open = async () => {
    const socket = await openConnection(target);
    const hasHead = once(socket, "data");
    socket.write(requestBytes("GET", path));
    await hasHead;
    socket.on("data", (chunk: Buffer) => {
      if (++seen % watcherCount !== 0) return;
      last = chunk.toString().split("\r\n")[1] ?? "";
      resolveNext();
    });
    return socket;
  };
  const sockets: { destroy(): void }[] = [];
  for (let opened = 0; opened < watcherCount; opened += 50) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  }
  // What was there before comes first, to those who are early.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  seen = 0;
  return {
    next: () => new Promise((resolve) => (resolveNext = resolve)),
    lastLine: () => last,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What is counted: exchanges, or the bytes of answers. */
type Unit = keyof typeof warmUpExchanges;

/** Connections over which the same kind of request is sent again and again. */
interface Lane {
  readonly connections: readonly LoadConnection[];
  readonly next: () => Buffer;
}

async function openLane(target: Target, next: () => Buffer, count = connectionCount): Promise<Lane> {
  return { connections: await Promise.all(Array.from({ length: count }, () => LoadConnection.open(target))), next };
}

/** What a turn came to, per second, and what processor time the server took for one of it. */
interface Measured {
  readonly exchanges: number;
  readonly perSecond: number;
  readonly micros: number;
}

/** Measures both in turns, so that whatever else the machine does meets both; then closes them. */
async function inTurns(what: string, unit: Unit, goal: number, ours: Lane, peers: Lane): Promise<void> {
  for (const lane of [ours, peers]) await warmUp(lane, unit);
  const values: Measured[] = [];
  const peerValues: Measured[] = [];
  for (let turn = 0; turn < turns; turn++) {
    values.push(await takeTurn(ours, unit));
    peerValues.push(await takeTurn(peers, unit));
  }
  for (const connection of [...ours.connections, ...peers.connections]) connection.close();
  const peer = (of: "perSecond" | "micros") => ({
    what: "a bare HTTPS server",
    value: median(peerValues.map((measured) => measured[of])),
  });
  figures.push({ what, value: median(values.map(({ perSecond }) => perSecond)), unit, peer: peer("perSecond") });
  figures.push({
    what: `${what}: processor time per ${unit.replace("/s", "") || "request"}`,
    value: median(values.map(({ micros }) => micros)),
    unit: "µs",
    peer: peer("micros"),
  });
  const ratios = values.map(({ perSecond }, turn) => perSecond / peerValues[turn]!.perSecond);
  // Goals are upper bounds.
  figures.push({ what: `${what}: bare to ours`, value: 1 / median(ratios), unit: "times", goal: 1 / goal });
}

async function warmUp(lane: Lane, unit: Unit): Promise<void> {
  let exchanges = 0;
  for (let turn = 0; exchanges < warmUpExchanges[unit] && turn < warmUpTurnsMax; turn++) {
    exchanges += (await takeTurn(lane, unit)).exchanges;
  }
}

/** Sends one request after the other over each connection. */
async function takeTurn({ connections, next }: Lane, unit: Unit): Promise<Measured> {
  const cpuBefore = await cpuMicros();
  const begun = performance.now();
  let exchanges = 0;
  let bytes = 0;
  const send = async (connection: LoadConnection) => {
    while (performance.now() - begun < turnMs) {
      bytes += await connection.exchange(next());
      exchanges++;
    }
  };
  await Promise.all(connections.map(send));
  const seconds = (performance.now() - begun) / 1000;
  const amount = unit === "/s" ? exchanges : bytes / 1e6;
  return { exchanges, perSecond: amount / seconds, micros: ((await cpuMicros()) - cpuBefore) / amount };
}

async function single(target: Target, request: Buffer): Promise<void> {
  const connection = await LoadConnection.open(target);
  await connection.exchange(request);
  connection.close();
}

async function bodyOf({ port, ca, cert, key }: Target, path: string): Promise<string> {
  const { get } = await import("node:https");
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, ca, cert, key, agent: false }, async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString());
    }).on("error", reject);
  });
}

async function ask(work: Work): Promise<void> {
  child.send(work);
  await once(child, "message");
}

async function cpuMicros(): Promise<number> {
  const answer = once(child satisfies ChildProcess, "message");
  child.send("cpu" satisfies Work);
  const [micros] = await answer;
  return micros;
}

async function usage(): Promise<{ cpuMicros: number; residentBytes: number; peakBytes: number }> {
  const answer = once(child satisfies ChildProcess, "message");
  child.send("usage" satisfies Work);
  const [figures] = await answer;
  return figures;
}

function configMapOf(name: string): string {
  return JSON.stringify({ metadata: { name }, data: { key: "value", other: "x".repeat(100) } });
}

function podOf(name: string): string {
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `VARIABLE_${index}`, value: `value of ${index}` }));
  const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "256Mi" } };
  const container = { name: "main", image: "registry.example/app:1.2.3", env, resources };
  const metadata = { name, labels: { app: "created" }, annotations: { note: "x".repeat(600) } };
  return JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [container] } });
}
