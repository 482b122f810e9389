/** Where a group version stands among all: higher comes first. */
export interface Priority {
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

const groupPriorities: Readonly<Record<string, number>> = {
  "": 18_000,
  apps: 17_800,
  "events.k8s.io": 17_750,
  "authentication.k8s.io": 17_700,
  "authorization.k8s.io": 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  "certificates.k8s.io": 17_300,
  "networking.k8s.io": 17_200,
  policy: 17_100,
  "rbac.authorization.k8s.io": 17_000,
  "storage.k8s.io": 16_800,
  "apiextensions.k8s.io": 16_700,
  "admissionregistration.k8s.io": 16_700,
  "scheduling.k8s.io": 16_600,
  "coordination.k8s.io": 16_500,
  "node.k8s.io": 16_300,
  "discovery.k8s.io": 16_200,
  "flowcontrol.apiserver.k8s.io": 16_100,
  "resource.k8s.io": 15_900,
};
const versionPriorities: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "flowcontrol.apiserver.k8s.io/v1": 21,
};
const otherVersions = 15;

/** Of a group version that the server has built in. */
export function builtInPriority(group: string, version: string): Priority {
  return {
    groupPriorityMinimum: groupPriorities[group] ?? customPriority.groupPriorityMinimum,
    versionPriority: versionPriorities[`${group}/${version}`] ?? otherVersions,
  };
}

/** Of what comes with definitions. */
export const customPriority: Priority = { groupPriorityMinimum: 1000, versionPriority: 100 };
