import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { PodExecRequest, PodExecResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Terminal } from "../io.ts";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";
import { type KubeletAnswers, startTestKubelet, type TestKubelet } from "../test-kubelet.ts";

describe("logs and exec reach the container through the apiserver", () => {
  let cluster: TestCluster;
  let kubelet: TestKubelet;
  let answers: KubeletAnswers;

  before(async () => {
    cluster = await startTestCluster();
    kubelet = await startTestKubelet(cluster, {
      log: (pod, options) => answers.log(pod, options),
      exec: (requests) => answers.exec(requests),
    });
    const { pods, services } = cluster.client.core.v1;
    for (const name of ["web-1", "web-2"])
      await pods.create({
        metadata: { name, namespace: "default", labels: { app: "web" } },
        spec: {
          nodeName: kubelet.nodeName,
          containers:
            name === "web-1"
              ? [{ name: "main", image: "x" }]
              : [
                  { name: "main", image: "x" },
                  { name: "side", image: "x" },
                ],
        },
      });
    await services.create({
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
  });
  after(async () => {
    await kubelet.close();
    await cluster.close();
  });
  beforeEach(() => {
    answers = {
      async *log(pod, options) {
        yield `${pod} ${JSON.stringify(options)}\nsecond `;
        yield "line\n";
      },
      exec: echo,
    };
  });

  test("a log is printed as it is", async () => {
    const { code, stdout } = await cluster.typectl(["logs", "web-1"]);
    assert.deepEqual([code, stdout], [0, 'web-1 {"container":"main"}\nsecond line\n']);
  });

  test("what is asked of a log is passed on", async () => {
    const words = "logs -f web-2 -c side --tail=5 --since=90s -p --timestamps --limit-bytes=100";
    const { stdout } = await cluster.typectl(words.split(" "));
    assert.deepEqual(JSON.parse(stdout.slice(stdout.indexOf("{"), stdout.indexOf("\n"))), {
      container: "side",
      follow: true,
      previous: true,
      sinceSeconds: 90,
      timestamps: true,
      tailLines: 5,
      limitBytes: 100,
    });
  });

  test("of several containers the first is taken, and that is told", async () => {
    const { stdout, stderr } = await cluster.typectl(["logs", "web-2"]);
    assert.match(stdout, /^web-2 \{"container":"main"\}/);
    assert.equal(stderr, 'Defaulted container "main" out of: main, side\n');
  });

  test("logs of all that a selector selects, with where they are from", async () => {
    const { stdout } = await cluster.typectl("logs -l app=web --all-containers --prefix".split(" "));
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.endsWith("second line")),
      ["web-1/main", "web-2/main", "web-2/side"].map((place) => `[pod/${place}] second line`),
    );
  });

  test("a workload stands for one of its pods", async () => {
    const { stdout, stderr } = await cluster.typectl(["logs", "service/web", "-c", "main"]);
    assert.match(stdout, /^web-\d /);
    assert.match(stderr, /^Found 2 pods, using pod\/web-\d\n$/);
  });

  test("an unknown container is an error", async () => {
    const { code, stderr } = await cluster.typectl(["logs", "web-1", "-c", "nope"]);
    assert.deepEqual(
      [code, stderr],
      [1, "Error from server (BadRequest): container nope is not valid for pod web-1\n"],
    );
  });

  test("a command's output and exit code are passed on", async () => {
    answers.exec = async function* () {
      yield { stdout: Buffer.from("out") };
      yield { stderr: Buffer.from("err\n") };
      yield { exitCode: 3 };
    };
    const { code, stdout, stderr } = await cluster.typectl(["exec", "web-1", "--", "sh", "-c", "exit 3"]);
    assert.deepEqual([code, stdout, stderr], [3, "out", "err\ncommand terminated with exit code 3\n"]);
  });

  test("input goes in whole, and its end is told", async () => {
    const input = "x".repeat(1_000_000);
    const { code, stdout } = await cluster.typectl(["exec", "-i", "web-1", "--", "cat"], { stdin: input });
    assert.equal(code, 0);
    assert.equal(stdout, input);
  });

  test("a terminal is raw while the command runs, and tells its size", async () => {
    const seen: PodExecRequest[] = [];
    let resize = () => {};
    const states: string[] = [];
    const terminal: Terminal = {
      size: () => (states.includes("resized") ? { columns: 100, rows: 50 } : { columns: 80, rows: 24 }),
      makeRaw: () => {
        states.push("raw");
        return () => states.push("restored");
      },
      onResize: (listener) => {
        resize = listener;
        return () => states.push("deaf");
      },
    };
    answers.exec = async function* (requests) {
      for await (const request of requests) {
        seen.push(request);
        if (request.resize && seen.length > 1) break;
      }
      yield { exitCode: 0 };
    };
    const running = cluster.typectl(["exec", "-it", "web-1", "--", "sh"], { terminal, stdin: never() });
    await eventually(() => seen.length > 0);
    states.push("resized");
    resize();
    assert.equal((await running).code, 0);
    assert.deepEqual(states, ["raw", "resized", "restored", "deaf"]);
    assert.deepEqual(seen[0]?.options, {
      stdin: true,
      stdout: true,
      stderr: false,
      tty: true,
      container: "main",
      command: ["sh"],
    });
    assert.deepEqual(
      [seen[0]?.resize, seen.at(-1)?.resize],
      [
        { columns: 80, rows: 24 },
        { columns: 100, rows: 50 },
      ],
    );
  });

  test("without a terminal -t is told and left out", async () => {
    const { code, stdout, stderr } = await cluster.typectl(["exec", "-it", "web-1", "--", "cat"], { stdin: "hi" });
    assert.deepEqual([code, stdout], [0, "hi"]);
    assert.equal(stderr, "Unable to use a TTY - input is not a terminal or the right kind of file\n");
  });

  test("a command has to be given behind --", async () => {
    const { code, stderr } = await cluster.typectl(["exec", "web-1", "ls"]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: exec \[POD\] \[COMMAND\] is not supported anymore/);
  });
});

/** Answers input as output, as `cat` does. */
async function* echo(requests: AsyncIterable<PodExecRequest>): AsyncGenerator<PodExecResponse> {
  for await (const { stdin, stdinClosed } of requests) {
    if (stdin?.length) yield { stdout: stdin };
    if (stdinClosed) break;
  }
  yield { exitCode: 0 };
}

async function* never(): AsyncGenerator<Uint8Array> {
  await new Promise<void>(() => {});
  yield new Uint8Array();
}
