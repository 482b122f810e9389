import assert from "node:assert/strict";
import type { Promises } from "./test-bench.ts";

export const sandboxPromises: Promises = {
  "is ready and says its version": async ({ runtime }) => {
    assert.equal(await runtime.problem(), undefined);
    assert.ok(await runtime.version());
  },

  "a sandbox is listed with what it was made from and an address": async (bench) => {
    const pod = { namespace: "ns", name: "web", uid: "11111111-2222-3333-4444-555555555555" };
    const startedAt = Date.now();
    const id = await bench.sandbox({ pod, attempt: 3, labels: { a: "b", "x/y": "" } });
    const [status] = await bench.runtime.listSandboxes();
    assert.ok(status && status.createdAtMs >= startedAt && status.createdAtMs <= Date.now());
    assert.match(status.ips[0] ?? "", /^\d+\.\d+\.\d+\.\d+$/);
    const { createdAtMs, ips, ...rest } = status;
    assert.deepEqual(rest, { id, pod, attempt: 3, state: "Ready", labels: { a: "b", "x/y": "" } });
  },

  "sandboxes are listed newest first, each with its own address": async (bench) => {
    const ids = [await bench.sandbox(), await bench.sandbox(), await bench.sandbox()];
    const list = await bench.runtime.listSandboxes();
    assert.deepEqual(
      list.map(({ id }) => id),
      ids.reverse(),
    );
    assert.equal(new Set(list.map(({ ips }) => ips[0])).size, 3);
  },

  "containers of a sandbox share its network, other sandboxes do not": async (bench) => {
    const sandbox = await bench.sandbox();
    const network = (id: string) => bench.output("readlink /proc/self/ns/net", {}, id);
    const first = await network(sandbox);
    assert.match(first, /^net:/);
    assert.equal(await network(sandbox), first);
    assert.notEqual(await network(await bench.sandbox()), first);
    const [ip] = (await bench.runtime.listSandboxes()).find(({ id }) => id === sandbox)?.ips ?? [];
    assert.ok((await bench.output("cat /proc/net/fib_trie", {}, sandbox)).includes(`${ip}\n`));
  },

  "the hostname and the name servers are the pod's": async (bench) => {
    const dns = { nameservers: ["10.0.0.10"], searches: ["a.svc", "svc"], options: ["ndots:5"] };
    const sandbox = await bench.sandbox({ hostname: "web-0", dns });
    const output = await bench.output("cat /proc/sys/kernel/hostname /etc/resolv.conf; echo $HOSTNAME", {}, sandbox);
    assert.equal(output, "web-0\nsearch a.svc svc\nnameserver 10.0.0.10\noptions ndots:5\nweb-0\n");
  },

  "stopping a sandbox kills its containers; it stays listed as not ready": async (bench) => {
    const sandbox = await bench.sandbox();
    const container = await bench.start(["sleep", "1000"], {}, sandbox);
    await bench.runtime.stopSandbox(sandbox);
    assert.equal((await bench.runtime.containerStatus(container)).state, "Exited");
    assert.equal((await bench.runtime.listSandboxes())[0]?.state, "NotReady");
    await bench.runtime.stopSandbox(sandbox);
    await assert.rejects(bench.start(["sleep", "1"], {}, sandbox), { name: "RuntimeError" });
  },

  "removing a sandbox removes its containers; what is gone may be stopped and removed again": async (bench) => {
    const sandbox = await bench.sandbox();
    const container = await bench.start(["sleep", "1000"], {}, sandbox);
    await bench.runtime.removeSandbox(sandbox);
    assert.deepEqual(await bench.runtime.listSandboxes(), []);
    assert.deepEqual(await bench.runtime.listContainers(), []);
    await bench.runtime.stopSandbox(sandbox);
    await bench.runtime.removeSandbox(sandbox);
    await bench.runtime.stopContainer(container, 1);
    await bench.runtime.removeContainer(container);
    await assert.rejects(bench.runtime.containerStatus(container), { code: "NotFound" });
    await assert.rejects(bench.create(sandbox, ["true"]), { code: "NotFound" });
  },

  "many sandboxes at once": async (bench) => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => bench.sandbox()));
    const outputs = await Promise.all(ids.map((id, i) => bench.output(`echo ${i}`, {}, id)));
    assert.deepEqual(
      outputs,
      ids.map((_, i) => `${i}\n`),
    );
  },
};
