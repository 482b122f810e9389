import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:tls";
import { bundled } from "./support/bundled.ts";
import { LoadConnection, requestBytes, type Target } from "./support/https-load.ts";
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
const warmUpTurns = 4;
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
  const perSecond = (target: Target, path: string) => load(target, () => requestBytes("GET", path));
  await inTurns(
    "get Pod",
    "/s",
    0.6,
    () => perSecond(real, `${pods}/read`),
    () => perSecond(bare, "/pod"),
  );
}

async function benchCreates(
  kind: string,
  plural: string,
  bodyOf: (name: string) => string,
  goal: number,
): Promise<void> {
  const path = `/api/v1/namespaces/default/${plural}`;
  let next = 0;
  const perSecond = (target: Target) => load(target, () => requestBytes("POST", path, bodyOf(`${plural}-${next++}`)));
  await inTurns(
    `create ${kind}, durable`,
    "/s",
    goal,
    () => perSecond(real),
    () => perSecond(bare),
  );
}

async function benchLists(): Promise<void> {
  await ask({ fill: podCount });
  const path = "/api/v1/namespaces/default/pods?labelSelector=app%3Dlisted";
  await ask({ serve: await bodyOf(real, path), path: "/pods" });
  await usage();
  const before = await usage();
  const megabytes = async (target: Target, url: string) => {
    let bytes = 0;
    const seconds = await load(
      target,
      () => requestBytes("GET", url),
      4,
      (length) => (bytes += length),
    );
    return seconds > 0 ? bytes / 1e6 / (turnMs / 1000) : 0;
  };
  await inTurns(
    `list of ${podCount} pods`,
    "MB/s",
    0.5,
    () => megabytes(real, path),
    () => megabytes(bare, "/pods"),
  );
  const { peakBytes } = await usage();
  const growth = (peakBytes - before.residentBytes) / 1e6;
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
  const { port, cert, key } = target;
  let seen = 0;
  let last = "";
  let resolveNext = () => {};
  const open = () =>
    new Promise<{ destroy(): void }>((resolve, reject) => {
      const socket = connect({
        host: "127.0.0.1",
        port,
        ca,
        ...(cert && key && { cert, key }),
        ALPNProtocols: ["http/1.1"],
      });
      let hasHead = false;
      socket.once("error", reject);
      socket.once("secureConnect", () => socket.write(requestBytes("GET", path)));
      socket.on("data", (chunk: Buffer) => {
        if (!hasHead) {
          hasHead = true;
          return resolve(socket);
        }
        if (++seen % watcherCount !== 0) return;
        last = chunk.toString().split("\r\n")[1] ?? "";
        resolveNext();
      });
    });
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

/** Measures both in turns, so that whatever else the machine does meets both. */
async function inTurns(
  what: string,
  unit: string,
  goal: number,
  measure: () => Promise<number>,
  measurePeer: () => Promise<number>,
): Promise<void> {
  // What counts is how fast either is once it is compiled.
  for (let turn = 0; turn < warmUpTurns; turn++) {
    await measure();
    await measurePeer();
  }
  const values: number[] = [];
  const peers: number[] = [];
  const ratios: number[] = [];
  const micros: number[] = [];
  const peerMicros: number[] = [];
  const perUnit = async (rates: number[], each: number[], measure: () => Promise<number>) => {
    const before = await cpuMicros();
    rates.push(await measure());
    each.push(((await cpuMicros()) - before) / rates.at(-1)! / (turnMs / 1000));
  };
  for (let turn = 0; turn < turns; turn++) {
    await perUnit(values, micros, measure);
    await perUnit(peers, peerMicros, measurePeer);
    ratios.push(values.at(-1)! / peers.at(-1)!);
  }
  figures.push({ what, value: median(values), unit, peer: { what: "a bare HTTPS server", value: median(peers) } });
  figures.push({
    what: `${what}: processor time per ${unit.replace("/s", "") || "request"}`,
    value: median(micros),
    unit: "µs",
    peer: { what: "a bare HTTPS server", value: median(peerMicros) },
  });
  // Goals are upper bounds.
  figures.push({ what: `${what}: bare to ours`, value: 1 / median(ratios), unit: "times", goal: 1 / goal });
}

/** Exchanges per second over some connections for one turn. */
async function load(
  target: Target,
  next: () => Buffer,
  count = connectionCount,
  onAnswer: (bytes: number) => void = () => {},
): Promise<number> {
  const connections = await Promise.all(Array.from({ length: count }, () => LoadConnection.open(target)));
  const begun = performance.now();
  let answered = 0;
  const lane = async (connection: LoadConnection) => {
    while (performance.now() - begun < turnMs) {
      onAnswer(await connection.exchange(next()));
      answered++;
    }
  };
  await Promise.all(connections.map(lane));
  const seconds = (performance.now() - begun) / 1000;
  for (const connection of connections) connection.close();
  return answered / seconds;
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
