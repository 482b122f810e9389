import { after, before, suite, test } from "node:test";
import { PodCluster } from "./pod-cluster.ts";
import { type RuntimeName, without } from "./pod-runtimes.ts";

/** Tests by what they show; each names its objects so that no other is in its way. */
export type Behaviours = Record<string, (cluster: PodCluster) => Promise<void>>;

interface BehaviourSettings {
  /** What they share; runs before them. */
  prepare?: (cluster: PodCluster) => Promise<void>;
  /** Behaviours that need the cluster for themselves; shown after all others. */
  alone?: readonly Behaviours[];
}

/** Shows behaviours on one runtime, in one cluster, several at a time. */
export function testBehaviours(
  runtime: RuntimeName,
  parts: readonly Behaviours[],
  { prepare = async () => {}, alone = [] }: BehaviourSettings = {},
): void {
  suite(`on the runtime ${runtime}`, { skip: without(runtime) }, () => {
    const cluster = new PodCluster(runtime);
    const show = (shown: readonly Behaviours[]) => {
      for (const part of shown)
        for (const [name, behaviour] of Object.entries(part)) test(name, () => behaviour(cluster));
    };
    before(async () => {
      await cluster.start();
      await prepare(cluster);
    });
    after(() => cluster.stop());
    suite("beside each other", { concurrency: 4 }, () => show(parts));
    if (alone.length > 0) suite("alone", () => show(alone));
  });
}
