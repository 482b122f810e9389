import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createEventRecorder } from "../../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../../lib/client/shared-informers.ts";
import type { ControllerFactory } from "../../../lib/controller/controller.ts";
import { startControllers } from "../../../lib/controller/start-controllers.ts";
import { type Logger, silentLogger } from "../../../lib/observe/logger.ts";
import { startTestApiserver } from "../../apiserver/test-harness.ts";

export interface TestClusterOptions {
  /** The controllers' time; the machine's when absent. Server and informers always run on the machine's. */
  clock?: Clock;
  logger?: Logger;
  /** Pods need a service account. */
  serviceAccounts?: boolean;
}

/** The longest of the first few backoffs; what controllers themselves wait for takes seconds. */
const retryMsMax = 500;

/** Controllers at work against a real apiserver, with pods that become ready by themselves where a test wants that. */
export interface TestCluster {
  readonly client: Client;
  /** From now on, pods that `matches` become ready as soon as they appear, and deleted ones go. */
  runPods(matches?: (pod: Pod) => boolean): void;
  /** Resolves when nothing has been written for a while; fails when the writing never ends. */
  settle(): Promise<void>;
  /** In simulated time: lets what is under way end, so that whatever waits has its alarm set, and then `ms` pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts an apiserver with these controllers. */
export async function startTestCluster(
  factories: readonly ControllerFactory[],
  { clock = systemClock, logger = silentLogger, serviceAccounts = false }: TestClusterOptions = {},
): Promise<TestCluster> {
  const server = await startTestApiserver(serviceAccounts ? { disableAdmissionPlugins: [] } : {});
  const client = server.client();
  const informers = createInformerFactory();
  const recorder = createEventRecorder({ client, component: "test" });
  const context = { client, informers, recorder, clock, random: Math.random, logger };
  const ownTime: ControllerFactory[] = factories.map((factory) => (all) => factory({ ...all, clock }));
  const running = await startControllers(ownTime, { ...context, clock: retryingSoon(clock) });
  const kubelet = createInformerFactory();
  return {
    client,
    runPods: (matches = () => true) => {
      const run = (pod: Pod) => void actAsKubelet(client, pod, matches, clock).catch(() => {});
      kubelet.informer(client.core.v1.pods).addHandler({ added: run, updated: (_, pod) => run(pod) });
      void kubelet.start();
    },
    settle: () => server.settle(),
    pass: async (ms) => {
      await server.settle();
      if (!(clock instanceof SimulatedClock)) throw new Error("only simulated time can be told to pass");
      await clock.advance(ms);
    },
    close: async () => {
      await running.stop();
      await Promise.all([informers.stop(), kubelet.stop(), recorder.close()]);
      await server.close();
    },
  };
}

/**
 * A clock for work queues: short waits also end by the machine's time. In simulated time a conflict with another writer
 * would otherwise never be tried again.
 */
function retryingSoon(clock: Clock): Clock {
  const schedule = (ms: number, callback: () => void) => {
    if (ms > retryMsMax) return clock.schedule(ms, callback);
    const end = () => {
      for (const cancel of cancels) cancel();
    };
    const once = () => {
      end();
      callback();
    };
    const cancels = [clock, systemClock].map((each) => each.schedule(ms, once));
    return end;
  };
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    schedule,
  };
}

async function actAsKubelet(client: Client, pod: Pod, matches: (pod: Pod) => boolean, clock: Clock): Promise<void> {
  const { namespace, name = "" } = pod.metadata ?? {};
  if (pod.metadata?.deletionTimestamp) {
    await client.core.v1.pods.delete(name, { namespace, gracePeriodSeconds: 0 });
    return;
  }
  if (pod.status?.phase === "Running" || !matches(pod)) return;
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: rfc3339(clock.now()) }];
  await client.core.v1.pods.updateStatus({
    ...pod,
    status: { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], conditions },
  });
}

/** Resolves when `check` throws no more; throws its last error when that takes too long. */
export async function eventuallyHolds(check: () => unknown): Promise<void> {
  await eventually(async () => {
    await check();
    return true;
  });
}
