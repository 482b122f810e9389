import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createEventRecorder } from "../../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../../lib/client/shared-informers.ts";
import type { ControllerFactory } from "../../../lib/controller/controller.ts";
import { startControllers } from "../../../lib/controller/start-controllers.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { startTestApiserver } from "../../apiserver/test-harness.ts";

/** Controllers at work against a real apiserver, with pods that become ready by themselves where a test wants that. */
export interface TestCluster {
  client: Client;
  /** Resolves when `check` stops throwing; fails with its last error after a deadline. */
  eventually<T>(check: () => Promise<T>): Promise<T>;
  /** From now on, pods whose name `matches` become ready as soon as they appear, and deleted ones go. */
  runPods(matches?: (pod: Pod) => boolean): void;
  close(): Promise<void>;
}

/** Starts an apiserver with these controllers. */
export async function startTestCluster(factories: readonly ControllerFactory[]): Promise<TestCluster> {
  const server = await startTestApiserver();
  const client = server.client();
  const informers = createInformerFactory();
  const recorder = createEventRecorder({ client, component: "test" });
  const context = { client, informers, recorder, clock: systemClock, random: Math.random, logger: silentLogger };
  const running = await startControllers(factories, context);
  const pods = createInformerFactory();
  return {
    client,
    eventually,
    runPods: (matches = () => true) => {
      const run = (pod: Pod) => void actAsKubelet(client, pod, matches).catch(() => {});
      pods.informer(client.core.v1.pods).addHandler({ added: run, updated: (_, pod) => run(pod) });
      void pods.start();
    },
    close: async () => {
      await running.stop();
      await Promise.all([informers.stop(), pods.stop(), recorder.close()]);
      await server.close();
    },
  };
}

async function actAsKubelet(client: Client, pod: Pod, matches: (pod: Pod) => boolean): Promise<void> {
  const { namespace, name = "" } = pod.metadata ?? {};
  if (pod.metadata?.deletionTimestamp) {
    await client.core.v1.pods.delete(name, { namespace, gracePeriodSeconds: 0 });
    return;
  }
  if (pod.status?.phase === "Running" || !matches(pod)) return;
  const lastTransitionTime = rfc3339(Date.now());
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime }];
  await client.core.v1.pods.updateStatus({
    ...pod,
    status: { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], conditions },
  });
}

async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
