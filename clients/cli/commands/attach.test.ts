import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  type Pod,
  type PodAttachRequest,
  type PodExecResponse,
  PodServiceDefinition,
} from "../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";
import { startTestKubelet, type TestKubelet } from "../test-kubelet.ts";

describe("attach, also by run", () => {
  let cluster: TestCluster;
  let kubelet: TestKubelet;
  let seen: PodAttachRequest[];

  before(async () => {
    cluster = await startTestCluster();
    kubelet = await startTestKubelet(cluster, {
      async *log() {
        yield "from the log\n";
      },
      async *exec() {},
      attach: echo,
    });
    await setPhase(await place("web-1"), "Running");
    await setPhase(await place("old"), "Succeeded");
  });
  after(async () => {
    await kubelet.close();
    await cluster.close();
  });
  beforeEach(() => {
    seen = [];
  });

  async function* echo(requests: AsyncIterable<PodAttachRequest>): AsyncGenerator<PodExecResponse> {
    yield { stdout: Buffer.from("hello\n") };
    for await (const request of requests) {
      seen.push(request);
      if (request.stdin?.length) yield { stdout: request.stdin };
      if (request.stdinClosed || !seen[0]?.options?.stdin) break;
    }
    const pod = await cluster.client.core.v1.pods.get(seen[0]?.name ?? "", { namespace: "default" });
    if (pod.spec?.restartPolicy === "Never") await setPhase(pod, "Failed", 7);
  }

  function place(name: string): Promise<Pod> {
    const spec = { nodeName: kubelet.nodeName, containers: [{ name: "main", image: "x" }] };
    return cluster.client.core.v1.pods.create({ metadata: { name, namespace: "default" }, spec });
  }

  async function setPhase(pod: Pod, phase: string, exitCode?: number): Promise<void> {
    const terminated = { exitCode: exitCode ?? 0, reason: "Error" };
    const status = { name: "main", image: "x", imageID: "", ready: false, restartCount: 0, state: { terminated } };
    const containerStatuses = exitCode === undefined ? {} : { containerStatuses: [status] };
    await cluster.client.core.v1.pods.updateStatus({ ...pod, status: { phase, ...containerStatuses } });
  }

  /** Plays scheduler and node for a pod that somebody makes. */
  async function startWhenMade(name: string, phase: string): Promise<void> {
    const { pods } = cluster.client.core.v1;
    await eventually(async () => {
      const { items } = await pods.list({ namespace: "default", fieldSelector: `metadata.name=${name}` });
      return items.length > 0;
    });
    const target = { kind: "Node", name: kubelet.nodeName };
    const bindings = [{ metadata: { name, namespace: "default" }, target }];
    await cluster.client.call(PodServiceDefinition, "bind", { bindings });
    await setPhase(await pods.get(name, { namespace: "default" }), phase);
  }

  test("what the main process prints is printed", async () => {
    const { code, stdout, stderr } = await cluster.typectl(["attach", "web-1"]);
    assert.deepEqual([code, stdout, stderr], [0, "hello\n", ""]);
    const options = { stdin: false, stdout: true, stderr: true, tty: false, container: "main" };
    assert.deepEqual(seen[0]?.options, options);
  });

  test("input goes in, to its end", async () => {
    const { stdout } = await cluster.typectl(["attach", "-i", "pod/web-1"], { stdin: "typed" });
    assert.equal(stdout, "hello\ntyped");
  });

  test("a container without a terminal is attached to without one", async () => {
    const { code, stderr } = await cluster.typectl(["attach", "-it", "web-1"]);
    assert.deepEqual([code, stderr], [0, "Unable to use a TTY - container main did not allocate one\n"]);
  });

  test("pods that have ended, and containers that are not there, are refused", async () => {
    const over = await cluster.typectl(["attach", "old"]);
    assert.equal(over.stderr, "error: cannot attach a container in a completed pod; current phase is Succeeded\n");
    const other = await cluster.typectl(["attach", "web-1", "-c", "nope"]);
    assert.equal(other.stderr, "error: container nope not found in pod web-1\n");
  });

  test("run -i --rm attaches, ends with the container's code and deletes the pod", async () => {
    const running = cluster.typectl("run once -i --rm --image=x --restart=Never".split(" "), { stdin: "typed" });
    await startWhenMade("once", "Running");
    const { code, stdout, stderr } = await running;
    assert.deepEqual(
      [stdout, stderr, code],
      ['hello\ntypedpod "once" deleted from default namespace\n', "error: pod default/once terminated (Error)\n", 7],
    );
  });

  test("of a pod that ended at once, the log is printed", async () => {
    const running = cluster.typectl("run quick --attach --image=x --restart=Never".split(" "));
    await startWhenMade("quick", "Succeeded");
    assert.deepEqual(await running, { code: 0, stdout: "from the log\n", stderr: "" });
  });
});
