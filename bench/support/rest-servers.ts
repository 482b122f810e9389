import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { openEmbeddedStore } from "../../lib/storage/embedded/embedded-store.ts";
import { componentSubjects, startApiserver } from "../../services/apiserver/service.ts";

/*
 * A process with an apiserver and, as its measure, a bare HTTPS server: that answers from ready buffers, stores what is
 * posted to it, and sends events to all who wait. Run by rest.ts, which asks for work by messages.
 */
export interface Started {
  apiserverPort: number;
  barePort: number;
  ca: string;
  cert: string;
  key: string;
}

/** What the parent asks for. */
export type Work = { fill: number } | { serve: string; path: string } | { event: string } | "usage" | "cpu" | "stop";

const directory = mkdtempSync(join(tmpdir(), "typernetes-bench-rest-"));
const store = await openEmbeddedStore({ directory: join(directory, "store") });
const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
const options = { listen, disableAdmissionPlugins: ["ServiceAccount"] };
const apiserver = await startApiserver({ store, logger: silentLogger }, options);
const pki = apiserver.pki!;
const identity = { user: "kubernetes-admin", groups: ["system:masters"] };
const { core } = createClient(apiserver.transportFor(identity));

const bodies = new Map<string, Buffer>();
const waiting = new Set<ServerResponse>();
const database = open({ path: join(directory, "bare"), encoding: "binary", separateFlushed: true });
const pair = await pki.servingCertificate("apiserver", ["127.0.0.1"], "bare");
const bare = createServer({ cert: pair.cert, key: pair.key, ca: pki.caCertificate }, answerBare);
// Connections wait while the other server has its turn, the first time too.
bare.keepAliveTimeout = 600_000;
bare.headersTimeout = 0;
bare.requestTimeout = 0;
await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", resolve));
const address = bare.address();
const client = await pki.clientCertificate(componentSubjects.admin);
const started: Started = {
  apiserverPort: apiserver.httpsPort ?? 0,
  barePort: typeof address === "object" && address ? address.port : 0,
  ca: pki.caCertificate,
  ...client,
};
process.on("message", (work: Work) => void answerWork(work));
// Whoever asked has gone.
process.once("disconnect", () => void stop());
process.send?.(started);

function answerBare(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "POST") return void storeBare(request, response);
  if (request.url === "/wait") {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    waiting.add(response);
    response.once("close", () => waiting.delete(response));
    return;
  }
  const body = bodies.get(request.url ?? "") ?? Buffer.alloc(0);
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
}

/** Parses, stamps and commits an object. */
async function storeBare(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const object = JSON.parse(Buffer.concat(chunks).toString());
  object.metadata.uid = randomUUID();
  object.metadata.creationTimestamp = new Date().toISOString();
  const bytes = Buffer.from(JSON.stringify(object));
  // The promise of the write alone settles before the data is on disk.
  await Promise.all([database.put(object.metadata.name, bytes), database.flushed]);
  response.writeHead(201, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
}

async function answerWork(work: Work): Promise<void> {
  if (work === "stop") return stop();
  if (work === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
    return;
  }
  if (work === "usage") {
    watchPeak();
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, residentBytes: process.memoryUsage.rss(), peakBytes });
    peakBytes = 0;
    return;
  }
  if ("fill" in work) await fill(work.fill);
  else if ("serve" in work) bodies.set(work.path, Buffer.from(work.serve));
  else for (const response of waiting) response.write(work.event);
  process.send?.("done");
}

let peakBytes = 0;
let watchesPeak = false;

/** From the first question on: to ask the system costs time. */
function watchPeak(): void {
  if (watchesPeak) return;
  watchesPeak = true;
  setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }, 20).unref();
}

async function fill(count: number): Promise<void> {
  for (let begun = 0; begun < count; begun += 500) {
    const names = Array.from({ length: Math.min(500, count - begun) }, (_, index) => `pod-${begun + index}`);
    await Promise.all(names.map((name) => core.v1.pods.create(podOf(name, "listed"))));
  }
}

/** About 3 kB of JSON, as pods are. */
function podOf(name: string, app: string): Pod {
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `VARIABLE_${index}`, value: `value of ${index}` }));
  const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "256Mi" } };
  const httpGet = { path: "/healthz", port: 8080 };
  const ports = [{ name: "http", containerPort: 8080 }];
  const container = { name: "main", image: "registry.example/app:1.2.3", env, resources, ports };
  const annotations = { note: "x".repeat(600) };
  return {
    metadata: { name, namespace: "default", labels: { app }, annotations },
    spec: { containers: [{ ...container, readinessProbe: { httpGet }, livenessProbe: { httpGet } }] },
  };
}

let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  bare.closeAllConnections();
  await apiserver.close();
  await store.close();
  await database.close();
  rmSync(directory, { recursive: true });
  process.exit(0);
}
