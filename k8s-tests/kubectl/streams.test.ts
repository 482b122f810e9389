import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { kubectlCluster } from "./kubectl-cluster.ts";

/** Counts on its output, answers HTTP, and says what it reads. */
const program = `
  let n = 0;
  setInterval(() => console.log("line " + ++n), 100);
  require("node:http").createServer((q, a) => a.end("served " + q.url + "\\n")).listen(8080);
  process.stdin.on("data", (text) => console.log("read " + text));`;

const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 };

const talker = {
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "talker", labels: { app: "talker" } } },
  spec: {
    containers: [
      { name: "main", image: "host", command: [process.execPath, "-e", program], stdin: true, readinessProbe },
    ],
    terminationGracePeriodSeconds: 0,
  },
};

const cluster = kubectlCluster(async (cluster) => {
  await cluster.apply(talker);
  await cluster.awaited("condition=Ready", "pod/talker");
});

test("logs: all, the last, with times, limited, followed, of a selection", async () => {
  const logs = (...args: string[]) => cluster.kubectl("logs", ...args);
  await waitFor("there are lines", async () => (await logs("talker")).includes("line 3\n"));
  assert.match(await logs("talker"), /^line 1\nline 2\nline 3\n/);
  assert.match(await logs("talker", "--tail=1"), /^line \d+\n$/);
  assert.match(await logs("talker", "--timestamps"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line 1\n/);
  assert.equal(await logs("talker", "--limit-bytes=9"), "line 1\nli");
  assert.match(await logs("-l", "app=talker", "--prefix", "--tail=1"), /^\[pod\/talker\/main\] line \d+\n$/);
  assert.match(await logs("talker", "--since=1h", "-c", "main"), /^line 1\n/);
  const followed = cluster.background("logs", "-f", "talker", "--tail=1");
  await waitFor("the log goes on", async () => followed.output.split("\n").length > 4);
  await followed.stop();
  assert.match(await cluster.failure("logs", "talker", "-c", "none"), /container none is not valid for pod talker\n$/);
  assert.match(
    await cluster.failure("logs", "talker", "--previous"),
    /^Error from server \(BadRequest\): previous terminated container "main" in pod "talker" not found\n$/,
  );
});

test("exec: output, input, exit codes, a terminal", async () => {
  const exec = (...args: string[]) => cluster.kubectl("exec", "talker", "--", ...args);
  assert.equal(await exec("echo", "hello"), "hello\n");
  const piped = await cluster.kubectlWith({ input: "typed" }, "exec", "-i", "talker", "--", "cat");
  assert.equal(piped, "typed");
  const failed = await cluster.run(["exec", "talker", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
  assert.deepEqual(failed, { code: 7, stdout: "out\n", stderr: "err\ncommand terminated with exit code 7\n" });
  const terminal = await cluster.onTerminal(
    ["exec", "-it", "talker", "--", "sh", "-c", "read a; test -t 0 && echo terminal; echo got $a"],
    "it\n",
  );
  // What typed it types a NUL at its end, which the terminal may show before either answer.
  assert.match(terminal, /^(?:\^@)?terminal$/m);
  assert.match(terminal, /^(?:\^@)?got it$/m);
  const large = await exec("sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x");
  assert.equal(large.length, 1_000_000);
});

test("cp there and back", async () => {
  const folder = join(cluster.home, "copied");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.txt"), "text of a\n");
  await cluster.kubectl("cp", folder, "talker:/tmp/copied");
  assert.equal(await cluster.kubectl("exec", "talker", "--", "cat", "/tmp/copied/a.txt"), "text of a\n");
  await cluster.kubectl("cp", "talker:/tmp/copied/a.txt", join(cluster.home, "back.txt"));
  assert.equal(readFileSync(join(cluster.home, "back.txt"), "utf8"), "text of a\n");
});

test("port-forward to a pod and to a service", async () => {
  await cluster.kubectl("expose", "pod", "talker", "--port=80", "--target-port=8080");
  for (const [object, port] of [
    ["pod/talker", 8080],
    ["service/talker", 80],
  ] as const) {
    const forward = cluster.background("port-forward", object, `:${port}`);
    await forward.printed("Forwarding from 127.0.0.1", 120_000);
    const [, local] = /^Forwarding from 127\.0\.0\.1:(\d+) -> 8080$/m.exec(forward.output) ?? [];
    for (const path of ["/a", "/b"]) {
      const answer = await fetch(`http://127.0.0.1:${local}${path}`, { signal: AbortSignal.timeout(60_000) });
      assert.equal(await answer.text(), `served ${path}\n`);
    }
    await forward.stop();
  }
});

test("attach reads and writes the running container", async () => {
  const attached = cluster.background("attach", "talker");
  await attached.printed("line ", 120_000);
  await attached.stop();
  // It would go on for ever; on a busy machine it takes long to begin.
  let timeoutMs = 1500;
  await waitFor("it was read", async () => {
    await cluster.run(["attach", "-i", "talker"], { input: "something", timeoutMs });
    timeoutMs *= 2;
    return (await cluster.kubectl("logs", "talker")).includes("read something");
  });
});

test("run attaches to what it runs, and takes it away", async () => {
  const run = ["run", "asked", "--image=host", "--restart=Never", "--rm", "-i", "--quiet", "--"];
  const answer = await cluster.kubectlWith({ input: "typed\n" }, ...run, "sh", "-c", "read a; sleep 0.5; echo got $a");
  assert.match(answer, /^got typed\n/m);
  await waitFor(
    "the pod has gone",
    async () => (await cluster.kubectl("get", "pods", "asked", "--ignore-not-found")) === "",
  );
});

test("proxy serves the API without credentials, and through it pods and services", async () => {
  const proxy = cluster.background("proxy", "--port=0");
  await proxy.printed("Starting to serve on", 120_000);
  const [, address] = /Starting to serve on (\S+)/.exec(proxy.output) ?? [];
  const get = async (path: string) => {
    const answer = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(60_000) });
    return answer.text();
  };
  assert.match(await get("/version"), /"gitVersion": "v1\.34/);
  assert.match(await get("/api/v1/namespaces/default/pods/talker"), /"name":"talker"/);
  assert.equal(await get("/api/v1/namespaces/default/pods/talker:8080/proxy/in/pod"), "served /in/pod\n");
  const service = "/api/v1/namespaces/default/services/talker:80/proxy/in/service";
  await waitFor("the service has its endpoint", async () => (await get(service)) === "served /in/service\n");
  await proxy.stop();
});
