import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { createLogger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";

function capture() {
  const lines: string[] = [];
  return { lines, stream: { write: (line: string) => void lines.push(line) } };
}

describe("a logger", () => {
  test("writes one line of JSON per fact, with its name and the fields of its parents", () => {
    const { lines, stream } = capture();
    const logger = createLogger({ name: "scheduler", stream });
    logger.child({ queue: "active" }).info({ pod: "default/web" }, "bound");
    logger.debug({}, "not at this level");
    assert.equal(lines.length, 1);
    const { time, ...line } = JSON.parse(lines[0] ?? "");
    assert.deepEqual(line, { level: "info", name: "scheduler", queue: "active", pod: "default/web", msg: "bound" });
    assert.match(time, /^\d{4}-\d\d-\d\dT/);
  });

  test("writes errors with their stack", () => {
    const { lines, stream } = capture();
    createLogger({ name: "x", stream }).error({ err: new TypeError("a bug") }, "failed");
    const { err } = JSON.parse(lines[0] ?? "");
    assert.equal(err.message, "a bug");
    assert.match(err.stack, /^TypeError: a bug\n {4}at .+:\d+:\d+/);
  });

  test("writes for people when asked to", () => {
    const { lines, stream } = capture();
    const logger = createLogger({ name: "kubelet", pretty: true, stream });
    logger.warn({ pod: "default/web", err: new Error("no image") }, "cannot start");
    assert.match(
      lines.join(""),
      /^[\d:.]+ {2}WARN {3}kubelet {2}cannot start {2}pod=default\/web\n {4}Error: no image\n {4}/,
    );
  });

  test("loses no line when the process ends at once", () => {
    const program = `import { createLogger } from "./lib/observe/logger.ts";
      const logger = createLogger({ name: "x" });
      for (let i = 0; i < 500; i++) logger.info({ i }, "line");
      process.exit(0);`;
    const { stdout } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    assert.equal(stdout.trim().split("\n").length, 500);
  });
});

describe("metrics", () => {
  test("are told in Prometheus' text format, with the process's own", async () => {
    const metrics = createMetrics("kube-proxy");
    const calls = metrics.counter("calls_total", "Calls.");
    calls.add({ verb: "get" });
    calls.add({ verb: "get" }, 2);
    calls.add({ verb: 'odd "name"\n' });
    metrics.gauge("depth", "Keys that wait.", () => 7);
    const latency = metrics.histogram("latency_seconds", "Time.", [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 5]) latency.observe(value, { verb: "get" });
    const text = await metrics.text();
    for (const line of [
      "# TYPE kube_proxy_calls_total counter",
      'kube_proxy_calls_total{verb="get"} 3',
      'kube_proxy_calls_total{verb="odd \\"name\\"\\n"} 1',
      "kube_proxy_depth 7",
      'kube_proxy_latency_seconds_bucket{verb="get",le="0.1"} 2',
      'kube_proxy_latency_seconds_bucket{verb="get",le="1"} 3',
      'kube_proxy_latency_seconds_bucket{verb="get",le="+Inf"} 4',
      'kube_proxy_latency_seconds_count{verb="get"} 4',
    ]) {
      assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`);
    }
    assert.match(text, /process_resident_memory_bytes \d+/);
  });
});
