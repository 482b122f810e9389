import { after, before, suite, test } from "node:test";
import { PodCluster } from "./pod-cluster.ts";
import { type RuntimeName, without } from "./pod-runtimes.ts";

/** Tests by what they show; each names its objects so that no other is in its way. */
export type Behaviours = Record<string, (cluster: PodCluster) => Promise<void>>;

/** Shows behaviours on one runtime, in one cluster, several at a time. */
export function testBehaviours(
  runtime: RuntimeName,
  parts: readonly Behaviours[],
  prepare: (cluster: PodCluster) => Promise<void> = async () => {},
): void {
  suite(`on the runtime ${runtime}`, { skip: without(runtime), concurrency: 4 }, () => {
    const cluster = new PodCluster(runtime);
    before(async () => {
      await cluster.start();
      await prepare(cluster);
    });
    after(() => cluster.stop());
    for (const part of parts) for (const [name, show] of Object.entries(part)) test(name, () => show(cluster));
  });
}
