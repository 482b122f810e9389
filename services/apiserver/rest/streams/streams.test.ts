import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import { eventually } from "../../../../lib/base/eventually.ts";
import { pods, type StreamServer, startStreamServer } from "./test-stream-server.ts";

let server: StreamServer;
let echo: Server;
before(async () => {
  server = await startStreamServer();
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket)).listen(
    0,
    "127.0.0.1",
  );
  await once(echo, "listening");
});
after(async () => {
  echo.close();
  await server.close();
});

function command(words: string[], options = "stdout=true&stderr=true"): string {
  return `${pods}/one/exec?${options}&${words.map((word) => `command=${encodeURIComponent(word)}`).join("&")}`;
}

function echoPort(): number {
  const address = echo.address();
  return typeof address === "object" && address ? address.port : 0;
}

const failure = {
  metadata: {},
  status: "Failure",
  message: "command terminated with non-zero exit code: command terminated with exit code 3",
  reason: "NonZeroExitCode",
  details: { causes: [{ reason: "ExitCode", message: "3" }] },
};

test("exec over a WebSocket: output, errors, how it ended", async () => {
  const path = command(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  const client = await server.webSocket(path, ["v5.channel.k8s.io", "v4.channel.k8s.io"]).ended();
  assert.equal(client.socket.protocol, "v5.channel.k8s.io");
  assert.deepEqual([client.on(1), client.on(2)], ["out\n", "err\n"]);
  assert.deepEqual(JSON.parse(client.on(3)), failure);
});

test("exec over older WebSocket protocols tells failures alone, as a sentence", async () => {
  const good = await server.webSocket(command(["echo", "out"]), ["channel.k8s.io"]).ended();
  assert.deepEqual([good.on(1), good.on(3)], ["out\n", ""]);
  const bad = await server.webSocket(command(["sh", "-c", "exit 3"])).ended();
  assert.equal(bad.on(3), failure.message);
});

test("exec over a WebSocket in base64", async () => {
  const client = server.webSocket(command(["cat"], "stdin=true&stdout=true"), ["v4.base64.channel.k8s.io"]);
  await client.opened();
  client.socket.send(`0${Buffer.from("hello").toString("base64")}`);
  await eventually(() => client.messages.length > 1);
  assert.equal(client.messages[1]?.toString(), `1${Buffer.from("hello").toString("base64")}`);
  client.socket.close();
  await eventually(() => server.kubelet.open === 0);
});

test("input over a WebSocket ends by the signal of the fifth version", async () => {
  const client = server.webSocket(command(["wc", "-c"], "stdin=true&stdout=true"), ["v5.channel.k8s.io"]);
  await client.opened();
  for (let piece = 0; piece < 100; piece++) client.send(0, Buffer.alloc(32 * 1024));
  client.send(255, Buffer.of(0));
  await client.ended();
  assert.equal(client.on(1).trim(), String(100 * 32 * 1024));
  assert.equal(JSON.parse(client.on(3)).status, "Success");
});

test("sizes of terminals arrive", async () => {
  const client = server.webSocket(command(["cat"], "stdin=true&stdout=true&tty=true"), ["v5.channel.k8s.io"]);
  await client.opened();
  client.send(4, '{"Width":120,"Height":40}\n{"Width":80,');
  client.send(4, '"Height":24}');
  await eventually(() => server.kubelet.sizes.length === 2);
  assert.deepEqual(server.kubelet.sizes, ["120x40", "80x24"]);
  client.socket.terminate();
  await eventually(() => server.kubelet.open === 0);
});

test("exec over SPDY: input ends, output and end of the command come", async () => {
  const headers = { "x-stream-protocol-version": "v4.channel.k8s.io, channel.k8s.io" };
  const client = await server.spdy(command(["sh", "-c", "cat; exit 3"], "stdin=true&stdout=true"), headers);
  assert.equal(client.headers["x-stream-protocol-version"], "v4.channel.k8s.io");
  const [error, stdin, stdout] = ["error", "stdin", "stdout"].map((streamType) => client.open({ streamType }));
  client.send(stdin ?? 0, "hello");
  client.send(stdin ?? 0, "", true);
  await client.ended();
  assert.equal(client.on(stdout ?? 0), "hello");
  assert.deepEqual(JSON.parse(client.on(error ?? 0)), failure);
});

test("attach over SPDY", async () => {
  const client = await server.spdy(`${pods}/one/attach?stdin=true&stdout=true`);
  const [, stdin, stdout] = ["error", "stdin", "stdout"].map((streamType) => client.open({ streamType }));
  client.send(stdin ?? 0, "hello");
  await eventually(() => client.on(stdout ?? 0) === "hello");
  client.send(stdin ?? 0, "", true);
  await client.ended();
});

test("what stands against a command is told before anything else", async () => {
  const refusal = async (path: string) => {
    const { code, text } = (await server.webSocket(path, ["v4.channel.k8s.io"]).ended()).refusal ?? {};
    await assert.rejects(server.spdy(path), { message: new RegExp(`^${code} `) });
    return [code, JSON.parse(text ?? "").message];
  };
  assert.deepEqual(await refusal(`${pods}/none/exec?command=true&stdout=true`), [404, 'pods "none" not found']);
  const choose = "a container name must be specified for pod two, choose one of: [a b]";
  assert.deepEqual(await refusal(`${pods}/two/exec?command=true&stdout=true`), [400, choose]);
  const unknown = "container c is not valid for pod two";
  assert.deepEqual(await refusal(`${pods}/two/exec?command=true&stdout=true&container=c`), [400, unknown]);
  const nothing = "you must specify at least 1 of stdin, stdout, stderr";
  assert.deepEqual(await refusal(`${pods}/one/exec?command=true`), [400, nothing]);
  const missing = 'exec: "missing": executable file not found in $PATH';
  assert.deepEqual(await refusal(command(["missing"])), [400, missing]);
  const unscheduled = "pod unscheduled does not have a host assigned";
  assert.deepEqual(await refusal(`${pods}/unscheduled/exec?command=true&stdout=true`), [400, unscheduled]);
  assert.deepEqual(await refusal(`${pods}/unscheduled/portforward?ports=80`), [400, unscheduled]);
  const plain = await server.client.send("POST", command(["true"]));
  assert.deepEqual([plain.status, plain.json["message"]], [400, "Upgrade request required"]);
  const protocol = (await server.webSocket(command(["true"]), ["v9.channel.k8s.io"]).ended()).refusal;
  assert.equal(protocol?.code, 400);
  await assert.rejects(server.spdy(command(["true"]), { "x-stream-protocol-version": "v9.channel.k8s.io" }), {
    message: /^403 .*unable to negotiate protocol/s,
  });
  await eventually(() => server.kubelet.open === 0);
});

test("connections by GET need the permission to get, those by POST to create", async () => {
  const { client } = server;
  const subresources = ["pods/exec", "pods/attach", "pods/portforward"];
  const roles = "/apis/rbac.authorization.k8s.io/v1";
  for (const [name, verbs] of [
    ["looker", ["get"]],
    ["maker", ["create"]],
  ] as const) {
    const rules = [
      { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
      { apiGroups: [""], resources: subresources, verbs },
    ];
    await client.send("POST", `${roles}/clusterroles`, { body: { metadata: { name }, rules } });
    const subjects = [{ kind: "User", name, apiGroup: "rbac.authorization.k8s.io" }];
    const roleRef = { kind: "ClusterRole", name, apiGroup: "rbac.authorization.k8s.io" };
    await client.send("POST", `${roles}/clusterrolebindings`, { body: { metadata: { name }, subjects, roleRef } });
    await eventually(async () => (await client.get(`${pods}/one`, { "Impersonate-User": name })).status === 200);
  }
  const [looker, maker] = [{ "Impersonate-User": "looker" }, { "Impersonate-User": "maker" }];
  for (const stream of ["exec?command=cat&stdin=true&stdout=true", "attach?stdout=true", "portforward?ports=80"]) {
    const path = `${pods}/one/${stream}`;
    const opened = await server.webSocket(path, ["v4.channel.k8s.io"], looker).opened();
    assert.equal(opened.refusal, undefined, stream);
    opened.socket.terminate();
    const { refusal } = await server.webSocket(path, ["v4.channel.k8s.io"], maker).ended();
    assert.equal(refusal?.code, 403, stream);
    await assert.rejects(server.spdy(path, looker), { message: /^403 .*cannot create resource/s });
    const { socket } = await server.spdy(path, maker);
    socket.destroy();
  }
  await eventually(() => server.kubelet.open === 0);
});

test("logs are plain text, also over a WebSocket, and options are passed on", async () => {
  const query = "container=main&tailLines=2&sinceSeconds=60&timestamps=true&limitBytes=100";
  const answer = await server.client.get(`${pods}/one/log?${query}`);
  assert.equal(answer.headers["content-type"], "text/plain");
  assert.equal(answer.text, "line 1\nline 2\n");
  const options = { container: "main", tailLines: 2, sinceSeconds: 60, timestamps: true, limitBytes: 100 };
  assert.deepEqual({ ...server.kubelet.logRequests.at(-1)?.options }, options);
  const binary = await server.webSocket(`${pods}/one/log`, ["binary.k8s.io"]).ended();
  assert.equal(Buffer.concat(binary.messages).toString(), "line 1\nline 2\n");
  const text = await server.webSocket(`${pods}/one/log`, ["base64.binary.k8s.io"]).ended();
  assert.equal(Buffer.from(Buffer.concat(text.messages).toString(), "base64").toString(), "line 1\nline 2\n");
});

test("what stands against a log is told as a status", async () => {
  const refusal = async (path: string) => {
    const { status, json } = await server.client.get(`${pods}/${path}`);
    return [status, json["message"]];
  };
  const choose = "a container name must be specified for pod two, choose one of: [a b]";
  assert.deepEqual(await refusal("two/log"), [400, choose]);
  const previous = 'previous terminated container "main" in pod "one" not found';
  assert.deepEqual(await refusal("one/log?previous=true"), [400, previous]);
  const tail = 'PodLogOptions "one" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0';
  assert.deepEqual(await refusal("one/log?tailLines=-1"), [422, tail]);
  const since =
    'PodLogOptions "one" is invalid: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified';
  assert.deepEqual(await refusal("one/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z"), [422, since]);
  assert.equal((await server.client.send("POST", `${pods}/one/log`)).status, 405);
  assert.equal((await server.client.get(`${pods}/unscheduled/log`)).status, 204, "nothing was printed yet");
});

test("ports are forwarded over a WebSocket, two channels each", async () => {
  const port = echoPort();
  const client = server.webSocket(`${pods}/one/portforward?ports=${port}&ports=1`, ["v4.channel.k8s.io"]);
  await eventually(() => client.on(3).length > 2);
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port);
  assert.deepEqual(client.messages[0], Buffer.concat([Buffer.of(0), number]));
  assert.match(client.on(3), /ECONNREFUSED/);
  client.send(0, "hello");
  await eventually(() => client.on(0).endsWith("hello"));
  client.socket.close();
  await eventually(() => server.kubelet.open === 0);
});

test("ports are forwarded over SPDY, also when it is within a WebSocket", async () => {
  const client = await server.spdy(`${pods}/one/portforward`, { "x-stream-protocol-version": "portforward.k8s.io" });
  const open = (port: number, requestID: string) => {
    const error = client.open({ streamType: "error", port: String(port), requestID });
    return { error, data: client.open({ streamType: "data", port: String(port), requestID }) };
  };
  const [good, bad] = [open(echoPort(), "0"), open(1, "1")];
  client.send(good.data, "hello");
  client.send(good.data, "", true);
  await eventually(() => client.on(good.data) === "hello");
  await eventually(() => client.on(bad.error).includes("ECONNREFUSED"));
  client.socket.destroy();
  const tunnel = await server.tunnel(`${pods}/one/portforward`, "SPDY/3.1+portforward.k8s.io");
  for (const streamType of ["error", "data"]) tunnel.open({ streamType, port: String(echoPort()), requestID: "0" });
  tunnel.send(3, "hello");
  await eventually(() => tunnel.on(3) === "hello");
  tunnel.socket.destroy();
  await eventually(() => server.kubelet.open === 0);
});

test("two hundred clients that go without a word leave nothing open", async () => {
  const opens = [
    async () =>
      (
        await server.webSocket(command(["cat"], "stdin=true&stdout=true"), ["v5.channel.k8s.io"]).opened()
      ).socket.terminate(),
    async () => {
      const client = await server.spdy(command(["sleep", "100"], "stdout=true"));
      for (const streamType of ["error", "stdout"]) client.open({ streamType });
      client.socket.destroy();
    },
    async () => {
      const client = await server.spdy(`${pods}/one/portforward`);
      for (const streamType of ["error", "data"]) client.open({ streamType, port: String(echoPort()), requestID: "0" });
      client.socket.destroy();
    },
    async () => {
      const log = server.client.stream(`${pods}/one/log?follow=true`);
      await log.headers;
      log.stop();
    },
  ];
  for (let round = 0; round < 10; round++) await Promise.all(opens.flatMap((open) => Array.from({ length: 5 }, open)));
  // The server learns one by one that they came and went, and its own count ends after the kubelet's.
  await eventually(async () => /^apiserver_longrunning_requests 0$/m.test((await server.client.get("/metrics")).text));
  await eventually(() => server.kubelet.open === 0);
});
