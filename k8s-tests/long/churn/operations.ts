import {
  type Client,
  type Deployment,
  isStatusError,
  type KubernetesObject,
  type ResourceClient,
  type StatusReason,
} from "../../../clients/sdk/index.ts";
import { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Dice } from "../fuzz/dice.ts";
import {
  autoscaled,
  autoscaler,
  brokenCommand,
  budget,
  cronJob,
  daemonSet,
  deployment,
  filler,
  goodCommand,
  greedy,
  type Identity,
  job,
  loadMetric,
  type Room,
  service,
  statefulSet,
} from "./blueprints.ts";
import { nameOf } from "./cluster-state.ts";
import type { Journal } from "./journal.ts";
import { processOf } from "./machine-invariants.ts";
import { belonging, widget, widgetDefinition, widgetsOf } from "./widgets.ts";

/** What operations work with. */
export interface Churn {
  client: Client;
  dice: Dice;
  journal: Journal;
  room: Room;
  /** By the names of the metrics that tell of them. */
  loads: Map<string, string>;
}

/** One thing that users do, on something that chance names. */
export interface Operation {
  name: string;
  /** How often it comes, beside the others. */
  weight: number;
  run(churn: Churn): Promise<void>;
}

/** Where users work; each may be deleted at any time. */
export const namespaces = ["churn-a", "churn-b", "churn-c"] as const;
const names = ["n0", "n1", "n2", "n3", "n4"] as const;
/** Of what there is at most one in a namespace. */
const singles: ReadonlySet<string> = new Set(["greedy", "filler", "auto"]);

const operations: readonly [Operation, ...Operation[]] = [
  { name: "create a deployment", weight: 8, run: make(({ apps }) => apps.v1.deployments, "deploy", deployment) },
  { name: "create a stateful set", weight: 5, run: make(({ apps }) => apps.v1.statefulsets, "set", statefulSet) },
  { name: "create a daemon set", weight: 2, run: make(({ apps }) => apps.v1.daemonsets, "daemon", daemonSet) },
  { name: "create a job", weight: 6, run: make(({ batch }) => batch.v1.jobs, "job", job) },
  { name: "create a cron job", weight: 1, run: make(({ batch }) => batch.v1.cronjobs, "cron", cronJob) },
  { name: "create a service of a deployment", weight: 5, run: make(({ core }) => core.v1.services, "deploy", service) },
  { name: "create a service of a stateful set", weight: 3, run: make(({ core }) => core.v1.services, "set", service) },
  { name: "create a budget", weight: 3, run: make(({ policy }) => policy.v1.poddisruptionbudgets, "deploy", budget) },
  { name: "create a greedy pod", weight: 5, run: make(({ apps }) => apps.v1.deployments, "greedy", greedyHere) },
  {
    name: "create fillers",
    weight: 3,
    run: make(({ apps }) => apps.v1.deployments, "filler", fillerHere),
  },
  {
    name: "create an autoscaled deployment",
    weight: 2,
    run: make(({ apps }) => apps.v1.deployments, "auto", autoscaled),
  },
  {
    name: "create an autoscaler",
    weight: 3,
    run: make((client) => client.autoscaling.v2.horizontalpodautoscalers, "auto", autoscaler),
  },
  { name: "change the load", weight: 6, run: changeLoad },
  { name: "create a widget", weight: 4, run: makeWidget },
  { name: "scale a deployment", weight: 12, run: scale(({ apps }) => apps.v1.deployments, "deploy") },
  { name: "scale a stateful set", weight: 6, run: scale(({ apps }) => apps.v1.statefulsets, "set") },
  { name: "roll out a deployment", weight: 8, run: rollOut(({ apps }) => apps.v1.deployments, "deploy") },
  { name: "roll out a stateful set", weight: 4, run: rollOut(({ apps }) => apps.v1.statefulsets, "set") },
  { name: "roll out a daemon set", weight: 2, run: rollOut(({ apps }) => apps.v1.daemonsets, "daemon") },
  { name: "roll out fillers", weight: 4, run: rollOut(({ apps }) => apps.v1.deployments, "filler") },
  { name: "change a service", weight: 4, run: changeService },
  { name: "change the settings that pods mount", weight: 4, run: changeSettings },
  { name: "change the secrets that pods mount", weight: 4, run: changeSecrets },
  { name: "delete a greedy pod", weight: 4, run: remove(({ apps }) => apps.v1.deployments, "greedy") },
  { name: "delete fillers", weight: 1, run: remove(({ apps }) => apps.v1.deployments, "filler") },
  { name: "delete an autoscaled deployment", weight: 1, run: remove(({ apps }) => apps.v1.deployments, "auto") },
  {
    name: "delete an autoscaler",
    weight: 1,
    run: remove((client) => client.autoscaling.v2.horizontalpodautoscalers, "auto"),
  },
  { name: "delete a widget", weight: 3, run: remove(widgetsOf, "widget") },
  { name: "delete the definition of widgets", weight: 0.5, run: undefine },
  { name: "delete a deployment", weight: 3, run: remove(({ apps }) => apps.v1.deployments, "deploy") },
  { name: "delete a stateful set", weight: 2, run: remove(({ apps }) => apps.v1.statefulsets, "set") },
  { name: "delete a daemon set", weight: 2, run: remove(({ apps }) => apps.v1.daemonsets, "daemon") },
  { name: "delete a job", weight: 2, run: remove(({ batch }) => batch.v1.jobs, "job") },
  { name: "delete a cron job", weight: 1, run: remove(({ batch }) => batch.v1.cronjobs, "cron") },
  { name: "delete a service", weight: 2, run: remove(({ core }) => core.v1.services, "deploy") },
  { name: "delete a budget", weight: 2, run: remove(({ policy }) => policy.v1.poddisruptionbudgets, "deploy") },
  { name: "delete a pod", weight: 12, run: deletePod },
  { name: "evict a pod", weight: 8, run: evictPod },
  { name: "kill a container", weight: 10, run: killContainer },
  { name: "cordon or uncordon a node", weight: 3, run: cordon },
  { name: "delete a namespace", weight: 0.5, run: deleteNamespace },
];

/** What a request may be answered while others change the same things, and while servers are started again. */
const expected: readonly StatusReason[] = [
  "AlreadyExists",
  "Conflict",
  "NotFound",
  "Forbidden",
  "TooManyRequests",
  "MethodNotAllowed",
];
const ofTrouble: readonly StatusReason[] = ["ServiceUnavailable", "ServerTimeout", "Timeout"];

/** Whether a request failed because a server is being started again, or has too much to do. */
export function isOfTrouble(error: unknown): boolean {
  return isStatusError(error, ...ofTrouble);
}

/** One of the operations, by their weights. */
function chosen(dice: Dice): Operation {
  let left = dice.roll() * operations.reduce((sum, { weight }) => sum + weight, 0);
  for (const operation of operations) {
    left -= operation.weight;
    if (left < 0) return operation;
  }
  return operations[0];
}

/** One operation by chance. @throws StatusError of a reason that no user should ever see. */
export async function operate(churn: Churn): Promise<void> {
  const operation = chosen(churn.dice);
  await operation.run(churn).catch((error: unknown) => {
    if (!isStatusError(error, ...expected) && !isOfTrouble(error))
      throw new Error(`${operation.name}: ${error}`, { cause: error });
  });
}

type Kind<T extends KubernetesObject> = (client: Client) => ResourceClient<T>;

function make<T extends KubernetesObject>(
  kind: Kind<T>,
  prefix: string,
  blueprint: (identity: Identity, dice: Dice, room: Room) => T,
) {
  return async ({ client, dice, journal, room }: Churn) => {
    const object = blueprint(identityOf(prefix, dice), dice, room);
    const made = await kind(client).create(object);
    journal.note(nameOf(made), `created ${made.kind} ${made.metadata?.uid}`);
  };
}

async function makeWidget({ client, dice, journal }: Churn): Promise<void> {
  const made = await widgetsOf(client).create(widget(identityOf("widget", dice)));
  journal.note(nameOf(made), `created ${made.metadata?.uid}`);
  await client.core.v1.configmaps.create(belonging(made));
}

async function undefine({ client, journal }: Churn): Promise<void> {
  const { name = "" } = widgetDefinition.metadata ?? {};
  await client.apiextensions.v1.customresourcedefinitions.delete(name);
  journal.note("widget", "definition deleted");
}

async function changeLoad({ dice, journal, loads }: Churn): Promise<void> {
  const namespace = dice.pick(namespaces);
  const load = String(dice.below(13));
  loads.set(loadMetric(namespace), load);
  journal.note(`${namespace}/auto`, `has a load of ${load}`);
}

async function changeSecrets({ client, dice, journal }: Churn): Promise<void> {
  const namespace = dice.pick(namespaces);
  const secret = String(dice.below(1000));
  const options = { namespace, type: "application/apply-patch+yaml", fieldManager: "churn" } as const;
  const data = { secret: Buffer.from(secret).toString("base64") };
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "secrets", namespace }, data };
  await client.core.v1.secrets.patch("secrets", object, options);
  journal.note(`${namespace}/secrets`, `set to ${secret}`);
}

function scale<T extends KubernetesObject>(kind: Kind<T>, prefix: string) {
  return async ({ client, dice, journal }: Churn) => {
    const { name, namespace } = identityOf(prefix, dice);
    const replicas = dice.below(5);
    await kind(client).patch(
      name,
      { spec: { replicas } },
      { namespace, subresource: "scale", type: "application/merge-patch+json" },
    );
    journal.note(`${namespace}/${name}`, `scaled to ${replicas}`);
  };
}

/** A new version; now and then one that does not work. */
function rollOut<T extends KubernetesObject>(kind: Kind<T>, prefix: string) {
  return async ({ client, dice, journal }: Churn) => {
    const { name, namespace } = identityOf(prefix, dice);
    const command = dice.chance(0.2) ? brokenCommand : goodCommand;
    await kind(client).patch(name, templateWith(command, String(dice.below(1000))), { namespace });
    journal.note(`${namespace}/${name}`, `rolled out with ${command}`);
  };
}

/** A strategic merge patch of a workload. */
export function templateWith(command: readonly string[], version: string): object {
  const container = { name: "main", command, env: [{ name: "VERSION", value: version }] };
  return { spec: { template: { spec: { containers: [container] } } } };
}

function remove<T extends KubernetesObject>(kind: Kind<T>, prefix: string) {
  return async ({ client, dice, journal }: Churn) => {
    const { name, namespace } = identityOf(prefix, dice);
    const propagationPolicy = dice.pick(["Background", "Foreground"]);
    await kind(client).delete(name, { namespace, propagationPolicy });
    journal.note(`${namespace}/${name}`, `deleted, ${propagationPolicy}`);
  };
}

async function changeService({ client, dice, journal }: Churn): Promise<void> {
  const { name, namespace } = identityOf(dice.pick(["deploy", "set"]), dice);
  const type = dice.pick(["ClusterIP", "NodePort", "LoadBalancer"]);
  const ports = [{ name: "p0", port: 80 + dice.below(20), targetPort: 8080 }];
  await client.core.v1.services.patch(
    name,
    { spec: { type, ports } },
    { namespace, type: "application/merge-patch+json" },
  );
  journal.note(`${namespace}/${name}`, `service is ${type} at ${ports[0]?.port}`);
}

async function changeSettings({ client, dice, journal }: Churn): Promise<void> {
  const namespace = dice.pick(namespaces);
  const data = { value: String(dice.below(1000)) };
  const options = { namespace, type: "application/apply-patch+yaml", fieldManager: "churn" } as const;
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace }, data };
  await client.core.v1.configmaps.patch("settings", object, options);
  journal.note(`${namespace}/settings`, `set to ${data.value}`);
}

async function deletePod({ client, dice, journal }: Churn): Promise<void> {
  const pod = await somePod({ client, dice });
  if (!pod) return;
  const { name = "", namespace } = pod;
  const options = dice.chance(0.3) ? { gracePeriodSeconds: 0 } : {};
  await client.core.v1.pods.delete(name, { namespace, ...options });
  journal.note(`${namespace}/${name}`, `deleted ${JSON.stringify(options)}`);
}

async function evictPod({ client, dice, journal }: Churn): Promise<void> {
  const metadata = await somePod({ client, dice });
  if (!metadata) return;
  const { name = "", namespace = "" } = metadata;
  await client.call(PodServiceDefinition, "evict", { eviction: { metadata: { name, namespace } } });
  journal.note(`${namespace}/${name}`, "evicted");
}

async function killContainer({ client, dice, journal }: Churn): Promise<void> {
  const pod = await somePod({ client, dice });
  const pid = processOf(pod?.uid ?? "");
  if (!pod || pid === undefined) return;
  process.kill(pid, "SIGKILL");
  journal.note(`${pod.namespace}/${pod.name}`, `killed process ${pid}`);
}

async function cordon({ client, dice, journal, room }: Churn): Promise<void> {
  const name = `node-${1 + dice.below(room.nodes)}`;
  const unschedulable = dice.chance(0.4);
  await client.core.v1.nodes.patch(name, { spec: { unschedulable } });
  journal.note(name, unschedulable ? "cordoned" : "uncordoned");
}

async function deleteNamespace({ client, dice, journal }: Churn): Promise<void> {
  const name = dice.pick(namespaces);
  await client.core.v1.namespaces.delete(name);
  journal.note(`${name}/`, "namespace deleted");
}

async function somePod({ client, dice }: Pick<Churn, "client" | "dice">) {
  const { items } = await client.core.v1.pods.list({ namespace: dice.pick(namespaces), resourceVersion: "0" });
  return items.length === 0 ? undefined : items[dice.below(items.length)]?.metadata;
}

function identityOf(prefix: string, dice: Dice): Identity {
  const name = singles.has(prefix) ? prefix : `${prefix}-${dice.pick(names)}`;
  return { name, namespace: dice.pick(namespaces) };
}

/** Those of each namespace have a node of their own. */
function greedyHere(identity: Identity, dice: Dice, room: Room): Deployment {
  const places: readonly string[] = namespaces;
  return greedy(identity, dice, room, places.indexOf(identity.namespace));
}

function fillerHere(identity: Identity, dice: Dice, room: Room): Deployment {
  return filler(identity, dice, room, namespaces.length);
}
