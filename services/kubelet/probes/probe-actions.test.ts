import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import type { Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import { type ExecSession, RuntimeError } from "../runtimes/runtime.ts";
import { runProbe } from "./probe-actions.ts";

const requests: IncomingMessage[] = [];
const server = createServer((request, response) => {
  requests.push(request);
  if (request.url === "/hang") return;
  const target = new URL(request.url ?? "/", "http://server").searchParams.get("to");
  if (target !== null) response.setHeader("Location", target);
  response.statusCode = target === null ? Number(request.url?.slice(1)) || 200 : 302;
  response.end("body");
});
let port = 0;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function session(changes: Partial<ExecSession>): ExecSession {
  const stdout = new PassThrough();
  stdout.end("said");
  return { stdout, exitCode: Promise.resolve(0), resize: async () => {}, kill: async () => {}, ...changes };
}

function run(probe: Probe, exec: () => Promise<ExecSession> = async () => session({})) {
  const container = { name: "main", ports: [{ name: "web", containerPort: port }] };
  return runProbe(
    { timeoutSeconds: 60, ...probe },
    { runtime: { exec }, containerId: "c", container, podIP: "127.0.0.1" },
  );
}

for (const [code, ok] of [
  [200, true],
  [204, true],
  [400, false],
  [404, false],
  [503, false],
] as const) {
  test(`http: ${code} is ${ok ? "well" : "a failure"}`, async () => {
    const result = await run({ httpGet: { port, path: `/${code}` } });
    assert.deepEqual(result, { ok, message: ok ? "" : `HTTP probe failed with statuscode: ${code}` });
  });
}

test("http: redirects are followed on the same host; others are a success with a warning", async () => {
  const to = (target: string) => run({ httpGet: { port, path: `/?to=${encodeURIComponent(target)}` } });
  assert.deepEqual(await to("/200"), { ok: true, message: "" });
  assert.deepEqual(await to(`http://127.0.0.1:${port}/503`), {
    ok: false,
    message: "HTTP probe failed with statuscode: 503",
  });
  const warning = "Probe terminated redirects, Response body: body";
  assert.deepEqual(await to("http://0.0.0.0/"), { ok: true, message: "", warning });
  assert.deepEqual(await run({ httpGet: { port, path: "/302" } }), { ok: true, message: "", warning });
  const circle = await run({ httpGet: { port, path: "/?to=" } });
  assert.deepEqual(circle, { ok: false, message: `Get "http://127.0.0.1:${port}/?to=": stopped after 10 redirects` });
});

test("http: port by name, headers, and who asks", async () => {
  requests.length = 0;
  const httpHeaders = [
    { name: "X-Probe", value: "yes" },
    { name: "Host", value: "web.example" },
  ];
  assert.equal((await run({ httpGet: { port: "web", path: "/", httpHeaders } })).ok, true);
  const { headers } = requests[0] ?? {};
  assert.deepEqual(
    [headers?.["x-probe"], headers?.host, headers?.["user-agent"]],
    ["yes", "web.example", "kube-probe/1.34"],
  );
});

test("http: no answer in time, nobody there, no such port", async () => {
  const url = `Get "http://127.0.0.1:${port}/hang"`;
  const late = await run({ httpGet: { port, path: "/hang" }, timeoutSeconds: 0.05 });
  assert.deepEqual(late, {
    ok: false,
    message: `${url}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
  const nobody = await run({ httpGet: { port: 1, path: "/" } });
  assert.deepEqual(nobody, {
    ok: false,
    message: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
  });
  assert.equal((await run({ httpGet: { port: "none" } })).ok, false);
});

test("tcp: open and closed", async () => {
  assert.deepEqual(await run({ tcpSocket: { port } }), { ok: true, message: "" });
  assert.deepEqual(await run({ tcpSocket: { port: 1 } }), {
    ok: false,
    message: "dial tcp 127.0.0.1:1: connect: connection refused",
  });
});

test("http: a server that says no word of HTTP is a failure", async () => {
  const tcp = createTcpServer((socket) => socket.end("nonsense\n"));
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const address = tcp.address();
  const result = await run({ httpGet: { port: typeof address === "object" ? (address?.port ?? 0) : 0 } });
  tcp.close();
  assert.equal(result.ok, false);
});

test("exec: the exit code decides, and what was said is told", async () => {
  assert.equal((await run({ exec: { command: ["true"] } })).ok, true);
  const failing = async () => session({ exitCode: Promise.resolve(1) });
  assert.deepEqual(await run({ exec: { command: ["false"] } }, failing), { ok: false, message: "said" });
});

test("exec: a command that takes too long is killed", async () => {
  let end = (_: number) => {};
  const stdout = new PassThrough();
  const exitCode = new Promise<number>((resolve) => {
    end = resolve;
  });
  const kill = async () => {
    stdout.end();
    end(137);
  };
  const result = await run({ exec: { command: ["sleep"] }, timeoutSeconds: 0.05 }, async () =>
    session({ stdout, exitCode, kill }),
  );
  assert.deepEqual(result, { ok: false, message: 'command timed out: "sleep" timed out after 50ms' });
});

test("exec: a container that has gone is a failure, not a crash", async () => {
  const gone = () => Promise.reject(new RuntimeError("NotRunning", "container c is not running"));
  assert.deepEqual(await run({ exec: { command: ["true"] } }, gone), {
    ok: false,
    message: "container c is not running",
  });
});
