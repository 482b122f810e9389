import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, stateOf } from "../support/pod-cluster.ts";

/** These need the cluster for themselves. */
export const restartBehaviours: Behaviours = {
  "containers outlive their kubelet: none twice, none lost, ends noted, logs whole": async (cluster) => {
    const volumes = [{ name: "home", hostPath: { path: cluster.home } }];
    const volumeMounts = [{ name: "home", mountPath: "/home" }];
    const counting = "n=0; while :; do n=$((n + 1)); echo $n; echo $$ $n >> /home/counted; sleep 0.2; done";
    await cluster.create("counting", cluster.shell(counting, { volumeMounts }), { volumes, restartPolicy: "Always" });
    const leaving = "until [ -e /home/leave ]; do sleep 0.1; done; echo left; exit 5";
    await cluster.create("leaving", cluster.shell(leaving, { volumeMounts }), { volumes });
    await cluster.ready("leaving");
    const before = await cluster.ready("counting");
    await cluster.restart(async () => writeFileSync(join(cluster.home, "leave"), ""));
    const left = await cluster.ended("leaving");
    assert.equal(stateOf(left).terminated?.exitCode, 5);
    assert.equal(left.status?.containerStatuses?.[0]?.restartCount, 0);
    assert.equal(await cluster.logs("leaving"), "left\n");
    const after = await cluster.client.core.v1.pods.get("counting", inDefault);
    assert.equal(after.status?.containerStatuses?.[0]?.containerID, before.status?.containerStatuses?.[0]?.containerID);
    assert.equal(after.status?.podIP, before.status?.podIP);
    const counted = (await cluster.logs("counting")).trim().split("\n");
    assert.deepEqual(
      counted,
      counted.map((_, index) => String(index + 1)),
      "nothing lost, nothing twice",
    );
    const processes = await cluster.exec("counting", "sh", "-c", "cut -d ' ' -f 1 /home/counted | sort -u | wc -l");
    assert.equal(processes, "1\n");
    for (const name of ["counting", "leaving"]) await cluster.deleted(name);
  },
};
