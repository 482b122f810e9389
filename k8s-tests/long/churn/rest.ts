import { setTimeout as sleep } from "node:timers/promises";
import { type Client, isStatusError } from "../../../clients/sdk/index.ts";
import { goodCommand, highPriority } from "./blueprints.ts";
import { type ClusterState, isFinished, isReady, podsOf, readState } from "./cluster-state.ts";
import { invariants } from "./invariants.ts";
import { brokenOnMachine, type Place } from "./machine-invariants.ts";
import { isOfTrouble, namespaces, templateWith } from "./operations.ts";
import { widgetDefinition, widgetsName } from "./widgets.ts";

/** A cluster comes to rest within this time after the last change; lost nodes are noticed and forgotten meanwhile. */
const restMsMax = 300_000;

/** Servers that were killed, or that have much to do, answer within this time. */
const troubleMsMax = 120_000;

/** What stays in the cluster and in each namespace, however often it is deleted. */
export async function furnish(client: Client): Promise<void> {
  await ignore(() => client.scheduling.v1.priorityclasses.create(highPriority));
  await ignore(() => client.apiextensions.v1.customresourcedefinitions.create(widgetDefinition));
  for (const name of namespaces) {
    const hard = { pods: "60", configmaps: "20", [`count/${widgetsName}`]: "10" };
    await ignore(() => client.core.v1.namespaces.create({ metadata: { name } }));
    await ignore(() =>
      client.core.v1.resourcequotas.create({ metadata: { name: "quota", namespace: name }, spec: { hard } }),
    );
  }
}

/** Takes back what keeps a cluster from coming to rest: versions that do not work, cordons, schedules. */
export async function repair(client: Client): Promise<void> {
  const noLoads = new Map<string, string>();
  const { nodes, deployments, statefulSets, daemonSets, cronJobs, pods } = await patiently(() =>
    readState(client, noLoads),
  );
  const good = templateWith(goodCommand, "repaired");
  const { deployments: d, statefulsets: s, daemonsets: ds } = client.apps.v1;
  for (const { metadata } of nodes)
    await ignore(() => client.core.v1.nodes.patch(metadata?.name ?? "", { spec: { unschedulable: false } }));
  for (const { metadata = {} } of deployments) await ignore(() => d.patch(metadata.name ?? "", good, metadata));
  for (const { metadata = {} } of daemonSets) await ignore(() => ds.patch(metadata.name ?? "", good, metadata));
  for (const { metadata = {} } of cronJobs)
    await ignore(() => client.batch.v1.cronjobs.patch(metadata.name ?? "", { spec: { suspend: true } }, metadata));
  for (const set of statefulSets) {
    const { metadata = {} } = set;
    await ignore(() => s.patch(metadata.name ?? "", good, metadata));
    // A stateful set waits for a broken pod until somebody deletes it, as Kubernetes documents.
    for (const { metadata = {} } of podsOf(set, { pods }).filter((pod) => !isReady(pod) && !isFinished(pod)))
      await ignore(() => client.core.v1.pods.delete(metadata.name ?? "", { namespace: metadata.namespace }));
  }
}

/** What is still broken when the cluster has had its time to come to rest, a line each; empty as soon as nothing is. */
export async function brokenAtRest(
  client: Client,
  place: Place,
  loads: ReadonlyMap<string, string>,
): Promise<{ broken: string[]; state: ClusterState }> {
  const deadline = Date.now() + restMsMax;
  for (;;) {
    const state = await patiently(() => readState(client, loads));
    const broken = invariants.flatMap(({ name, broken }) => broken(state).map((line) => `${name}: ${line}`));
    if (broken.length === 0) broken.push(...brokenOnMachine(place, state).map((line) => `the machine fits: ${line}`));
    if (broken.length === 0 || Date.now() > deadline) return { broken, state };
    await sleep(1000);
  }
}

/** What others have deleted meanwhile, or made already, is as wanted. */
async function ignore(request: () => Promise<unknown>): Promise<void> {
  await patiently(request).catch((error: unknown) => {
    if (!isStatusError(error, "NotFound", "AlreadyExists", "Forbidden", "Conflict")) throw error;
  });
}

/** Asks again while servers are in trouble. */
export async function patiently<T>(request: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + troubleMsMax;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!isOfTrouble(error) || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
