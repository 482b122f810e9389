import { type Pod, PodServiceDefinition, type PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createEventRecorder } from "../../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../../lib/client/shared-informers.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { startTestApiserver } from "../../apiserver/test-harness.ts";
import type { Extender } from "../extenders/extender.ts";
import { defaultProfile } from "../profile.ts";
import { Scheduler } from "../scheduler.ts";
import { newNode } from "./objects.ts";

const namespace = "default";
/** Long enough for a machine that is busy with other things. */
const waitMsMax = 60_000;

/** A scheduler at work against a real apiserver, in simulated time. */
export interface TestScheduler {
  readonly client: Client;
  readonly clock: SimulatedClock;
  readonly scheduler: Scheduler;
  createNode(name: string, allocatable?: Record<string, string>): Promise<void>;
  /** `requests` are those of its one container. */
  createPod(name: string, requests?: Record<string, string>, spec?: PodSpec): Promise<Pod>;
  get(name: string): Promise<Pod>;
  /** Takes a pod away at once. */
  remove(name: string): Promise<void>;
  /** Resolves with the node when the pod has one; back-offs end meanwhile. */
  isPlaced(name: string): Promise<string>;
  /** Resolves with what the condition PodScheduled says, once it says why not; back-offs end meanwhile. */
  refusal(name: string): Promise<string>;
  /** Resolves when nothing has been written for a while. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts apiserver and scheduler; `before` is called in between. */
export async function startTestScheduler(
  extenders: readonly Extender[] = [],
  before: (client: Client) => Promise<unknown> = async () => {},
): Promise<TestScheduler> {
  const server = await startTestApiserver();
  const client = server.client();
  await before(client);
  const clock = new SimulatedClock();
  const informers = createInformerFactory();
  const recorder = createEventRecorder({ client, component: "default-scheduler" });
  const scheduler = new Scheduler({
    client,
    bindPods: (request) => client.call(PodServiceDefinition, "bind", request),
    informers,
    recorder,
    clock,
    random: Math.random,
    logger: silentLogger,
    profiles: [defaultProfile],
    extenders,
  });
  await scheduler.start();
  const { nodes, pods } = client.core.v1;
  const get = (name: string) => pods.get(name, { namespace });
  return {
    client,
    clock,
    scheduler,
    get,
    createNode: async (name, allocatable = {}) => void (await nodes.create(newNode(name, { status: { allocatable } }))),
    createPod: (name, requests = { cpu: "100m" }, spec = {}) => {
      const containers = [{ name: "c", image: "i", resources: { requests, ...limitsOf(requests) } }];
      return pods.create({ metadata: { name, namespace, labels: { app: name } }, spec: { containers, ...spec } });
    },
    remove: async (name) => void (await pods.delete(name, { namespace, gracePeriodSeconds: 0 })),
    isPlaced: (name) =>
      eventually(async () => {
        await clock.advance(1_000);
        return (await get(name)).spec?.nodeName;
      }, waitMsMax),
    refusal: (name) =>
      eventually(async () => {
        await clock.advance(1_000);
        const condition = (await get(name)).status?.conditions?.find(({ type }) => type === "PodScheduled");
        return condition?.status === "False" ? condition.message : undefined;
      }, waitMsMax),
    settle: () => server.settle(),
    close: async () => {
      scheduler.stop();
      await informers.stop();
      await recorder.close();
      await server.close();
    },
  };
}

/** Of extended resources there is as much as is asked for, never less. */
function limitsOf(requests: Readonly<Record<string, string>>): { limits?: Record<string, string> } {
  const limits = Object.entries(requests).filter(([name]) => name.includes("/"));
  return limits.length > 0 ? { limits: Object.fromEntries(limits) } : {};
}
