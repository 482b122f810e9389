import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  PodDisruptionBudget,
  PodTemplateSpec,
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

/** What pods run that go on until they are ended. */
export const goodCommand: readonly string[] = ["sleep", "100000"];
/** What pods run that are never ready. */
export const brokenCommand: readonly string[] = ["false"];

const unreachable = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 10 };

/** A pod that knows its uid, has little, ends quickly, and leaves a lost node soon. */
function podTemplate({ name }: Identity, dice: Dice, command: readonly string[] = goodCommand): PodTemplateSpec {
  const uid = { name: uidVariable, valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } };
  const mounted = dice.chance(0.5);
  const container = {
    name: "main",
    image: "host",
    command: [...command],
    env: [uid, { name: "VERSION", value: String(dice.below(1000)) }],
    resources: { requests: { cpu: dice.pick(["10m", "50m", "100m"]), memory: "16Mi" } },
    ...(mounted && { volumeMounts: [{ name: "settings", mountPath: "/mnt" }] }),
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
      ...(mounted && { volumes: [{ name: "settings", configMap: { name: "settings", optional: true } }] }),
    },
  };
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

export function daemonSet(identity: Identity, dice: Dice, nodes: number): DaemonSet {
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

export function budget(identity: Identity): PodDisruptionBudget {
  return { metadata: { ...identity }, spec: { maxUnavailable: 1, selector: { matchLabels: { app: identity.name } } } };
}
