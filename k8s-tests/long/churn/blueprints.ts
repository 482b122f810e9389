import type {
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  PodDisruptionBudget,
  PodTemplateSpec,
  PriorityClass,
  Service,
  StatefulSet,
} from "../../../clients/sdk/index.ts";
import type { Dice } from "../fuzz/dice.ts";
import { uidVariable } from "./machine-invariants.ts";

/** Where an object is to be, and by what its pods are known. */
export interface Identity {
  name: string;
  namespace: string;
}

/** What there is to put pods on. */
export interface Room {
  nodes: number;
  /** Of each node's processors, for pods, in thousandths. */
  nodeMillis: number;
}

/** What pods run that go on until they are ended. */
export const goodCommand: readonly string[] = ["sleep", "100000"];
/** What pods run that are never ready. */
export const brokenCommand: readonly string[] = ["false"];

const unreachable = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 10 };

/** A pod that knows its uid, has little, ends quickly, and leaves a lost node soon. */
function podTemplate({ name }: Identity, dice: Dice, command: readonly string[] = goodCommand): PodTemplateSpec {
  const uid = { name: uidVariable, valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } };
  const volume = dice.pick([undefined, settingsVolume(), projectedVolume()]);
  const container = {
    name: "main",
    image: "host",
    command: [...command],
    env: [uid, { name: "VERSION", value: String(dice.below(1000)) }],
    resources: { requests: { cpu: dice.pick(["10m", "50m", "100m"]), memory: "16Mi" } },
    ...(volume && { volumeMounts: [{ name: "settings", mountPath: "/mnt" }] }),
  };
  return {
    metadata: { labels: { app: name } },
    spec: {
      containers: [container],
      terminationGracePeriodSeconds: dice.pick([0, 1, 2]),
      tolerations: ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
        key,
        ...unreachable,
      })),
      ...(volume && { volumes: [volume] }),
    },
  };
}

function settingsVolume() {
  return { name: "settings", configMap: { name: "settings", optional: true } };
}

function projectedVolume() {
  const sources = [
    { configMap: { name: "settings", optional: true } },
    { secret: { name: "secrets", optional: true } },
    { serviceAccountToken: { path: "own-token", expirationSeconds: 600 } },
  ];
  return { name: "settings", projected: { sources } };
}

export function deployment(identity: Identity, dice: Dice): Deployment {
  const selector = { matchLabels: { app: identity.name } };
  const strategy = dice.chance(0.2)
    ? { type: "Recreate" }
    : {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: dice.pick([1, 2, "50%"]), maxUnavailable: dice.pick([0, 1]) },
      };
  // A surge of none and none to be unavailable is refused.
  return {
    metadata: { ...identity },
    spec: {
      replicas: dice.below(5),
      selector,
      strategy,
      template: podTemplate(identity, dice),
      revisionHistoryLimit: 2,
    },
  };
}

export function statefulSet(identity: Identity, dice: Dice): StatefulSet {
  const template = podTemplate(identity, dice);
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
  };
  return {
    metadata: { ...identity },
    spec: {
      replicas: dice.below(4),
      serviceName: identity.name,
      selector: { matchLabels: { app: identity.name } },
      podManagementPolicy: dice.pick(["OrderedReady", "Parallel"]),
      template,
      ...(dice.chance(0.4) && {
        volumeClaimTemplates: [claim],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: dice.pick(["Delete", "Retain"]) },
      }),
    },
  };
}

export function daemonSet(identity: Identity, dice: Dice, { nodes }: Room): DaemonSet {
  const template = podTemplate(identity, dice);
  const host = `node-${1 + dice.below(nodes)}`;
  const spec = { ...template.spec, ...(dice.chance(0.7) && { nodeSelector: { "kubernetes.io/hostname": host } }) };
  return {
    metadata: { ...identity },
    spec: {
      selector: { matchLabels: { app: identity.name } },
      template: { ...template, spec: { containers: [], ...spec } },
    },
  };
}

export function job(identity: Identity, dice: Dice): Job {
  const fails = dice.chance(0.3);
  const template = podTemplate(identity, dice, fails ? ["false"] : ["sleep", String(dice.below(3))]);
  return {
    metadata: { ...identity },
    spec: {
      completions: 1 + dice.below(4),
      parallelism: 1 + dice.below(3),
      completionMode: dice.pick(["Indexed", "NonIndexed"]),
      backoffLimit: fails ? 1 : 6,
      ...(dice.chance(0.5) && { ttlSecondsAfterFinished: 20 }),
      template: { ...template, spec: { containers: [], ...template.spec, restartPolicy: "Never" } },
    },
  };
}

export function cronJob(identity: Identity, dice: Dice): CronJob {
  const template = job(identity, dice);
  const spec = {
    ...template.spec,
    backoffLimit: 1,
    completions: 1,
    parallelism: 1,
    template: template.spec?.template ?? {},
  };
  return {
    metadata: { ...identity },
    spec: {
      schedule: "* * * * *",
      concurrencyPolicy: dice.pick(["Allow", "Forbid", "Replace"]),
      jobTemplate: { spec },
    },
  };
}

export function service(identity: Identity, dice: Dice): Service {
  const ports = Array.from({ length: 1 + dice.below(2) }, (_, index) => ({ name: `p${index}`, port: 80 + index }));
  return {
    metadata: { ...identity },
    spec: { type: dice.pick(["ClusterIP", "NodePort"]), selector: { app: identity.name }, ports },
  };
}

export function budget(identity: Identity, dice: Dice): PodDisruptionBudget {
  const selector = { matchLabels: { app: identity.name } };
  const limit = dice.chance(0.5) ? { maxUnavailable: 1 } : { minAvailable: "50%" };
  return { metadata: { ...identity }, spec: { ...limit, selector } };
}

/** Whose pods make others go. */
export const highPriority: PriorityClass = { metadata: { name: "churn-high" }, value: 1000 };

/** A pod that takes more than half of the one node where it may be, and makes others go there. */
export function greedy(identity: Identity, dice: Dice, { nodeMillis }: Room, place: number): Deployment {
  const nodeSelector = { "kubernetes.io/hostname": `node-${1 + place}` };
  return bulky(identity, dice, { share: 0.6, nodeMillis, pod: { nodeSelector, priorityClassName: "churn-high" } }, 1);
}

/** Pods that take more than half of a node each, and would like to be where others may make them go. */
export function filler(identity: Identity, dice: Dice, { nodes, nodeMillis }: Room, places: number): Deployment {
  const values = Array.from({ length: places }, (_, place) => `node-${1 + place}`);
  const preference = { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] };
  const preferredDuringSchedulingIgnoredDuringExecution = [{ weight: 100, preference }];
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } };
  // All together, and those that make them go, have room.
  const most = Math.min(4, Math.floor((nodes - places) / places) - 1);
  return bulky(identity, dice, { share: 0.55, nodeMillis, pod: { affinity } }, dice.below(Math.max(1, most + 1)));
}

interface Bulk {
  share: number;
  nodeMillis: number;
  pod: NonNullable<PodTemplateSpec["spec"]>;
}

/** Old pods go before new ones come: there is no room for both. */
function bulky(identity: Identity, dice: Dice, { share, nodeMillis, pod }: Bulk, replicas: number): Deployment {
  const template = podTemplate(identity, dice);
  const [main] = template.spec?.containers ?? [];
  const requests = { cpu: `${Math.floor(share * nodeMillis)}m`, memory: "16Mi" };
  const containers = [{ ...main, resources: { requests } }];
  return {
    metadata: { ...identity },
    spec: {
      replicas,
      selector: { matchLabels: { app: identity.name } },
      strategy: { type: "Recreate" },
      template: { ...template, spec: { ...template.spec, ...pod, containers } },
    },
  };
}

/** Of how much load there is for each pod of an autoscaled deployment, and of how many pods there are at most. */
export const autoscaling = { loadPerPod: 2, podsMax: 5 } as const;

/** The metric that tells of the load in a namespace. */
export function loadMetric(namespace = ""): string {
  return `load-${namespace}`;
}

export function autoscaled(identity: Identity, dice: Dice): Deployment {
  const object = deployment(identity, dice);
  return { ...object, spec: { ...object.spec, replicas: 1 } };
}

export function autoscaler({ name, namespace }: Identity): HorizontalPodAutoscaler {
  const target = { type: "AverageValue", averageValue: String(autoscaling.loadPerPod) };
  return {
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      maxReplicas: autoscaling.podsMax,
      metrics: [{ type: "External", external: { metric: { name: loadMetric(namespace) }, target } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  };
}
