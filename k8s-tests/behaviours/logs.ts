import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault } from "../support/pod-cluster.ts";

export const logBehaviours: Behaviours = {
  "logs: the last lines, the first bytes, with times, from a time on": async (cluster) => {
    // The time of a line is when it was read: the third is written more than a second after the second has been.
    const script =
      "echo one; echo two; until [ -e /tmp/on ]; do sleep 0.1; done; sleep 1.1; echo three; printf 'no end'";
    await cluster.create("lines", cluster.shell(script));
    await cluster.lines("lines", 2);
    await cluster.exec("lines", "touch", "/tmp/on");
    await cluster.ended("lines");
    assert.equal(await cluster.logs("lines"), "one\ntwo\nthree\nno end");
    assert.equal(await cluster.logs("lines", { tailLines: 2 }), "three\nno end");
    assert.equal(await cluster.logs("lines", { tailLines: 0 }), "");
    assert.equal(await cluster.logs("lines", { limitBytes: 5 }), "one\nt");
    const timed = (await cluster.logs("lines", { timestamps: true })).split("\n");
    for (const line of timed) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \S/);
    const [sinceTime = ""] = timed[2]?.split(" ") ?? [];
    assert.equal(await cluster.logs("lines", { sinceTime: `${sinceTime.slice(0, 19)}Z` }), "three\nno end");
    assert.equal(await cluster.logs("lines", { sinceSeconds: 3600, tailLines: 1 }), "no end");
    await cluster.delete("lines");
  },

  "logs of the container before are there until it has a later one": async (cluster) => {
    const volumeMounts = [{ name: "data", mountPath: "/data" }];
    const script =
      "echo x >> /data/runs; echo run $(wc -l < /data/runs); [ $(wc -l < /data/runs) = 2 ] || exit 3; sleep 9999";
    const spec = { restartPolicy: "OnFailure", volumes: [{ name: "data", emptyDir: {} }] };
    await cluster.create("again", cluster.shell(script, { volumeMounts }), spec);
    const pod = await cluster.until("again", ({ status }) => {
      const [main] = status?.containerStatuses ?? [];
      return main?.restartCount === 1 && main.state?.running !== undefined;
    });
    assert.equal(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 3);
    assert.deepEqual(await cluster.lines("again", 1), ["run 2"]);
    assert.equal(await cluster.logs("again", { previous: true }), "run 1\n");
    await cluster.delete("again");
  },

  "a log that is followed tells what comes, to its end": async (cluster) => {
    await cluster.create("followed", cluster.shell("echo a; until [ -e /tmp/on ]; do sleep 0.1; done; echo b >&2"));
    await cluster.lines("followed", 1);
    const followed = cluster.logs("followed", { follow: true });
    await cluster.exec("followed", "touch", "/tmp/on");
    assert.equal(await followed, "a\nb\n");
    await cluster.delete("followed");
  },

  "long lines, and bytes that are no text, come as they were written": async (cluster) => {
    const script = "head -c 100000 /dev/zero | tr '\\0' x; echo; printf '\\377\\000\\n'";
    await cluster.create("odd", cluster.shell(script));
    await cluster.ended("odd");
    const { stdout } = await cluster.kubectl(["logs", "odd", "--limit-bytes=100001"]);
    assert.equal(stdout, `${"x".repeat(100_000)}\n`);
    const tail = await cluster.client.core.v1.pods.get("odd", inDefault);
    assert.equal(tail.status?.phase, "Succeeded");
    await cluster.delete("odd");
  },
};
