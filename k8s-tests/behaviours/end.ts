import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";

/** After these the cluster has gone. */
export const endBehaviours: Behaviours = {
  "what a killed cluster leaves on the machine goes with its data": async (cluster) => {
    await cluster.create("left-over", cluster.shell("while :; do sleep 1; done"));
    await cluster.ready("left-over");
    await cluster.kill();
    assert.notDeepEqual(await cluster.left(), []);
    await cluster.down();
    assert.deepEqual(await cluster.left(), []);
  },
};
