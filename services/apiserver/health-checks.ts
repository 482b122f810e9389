import type { Core } from "./core.ts";

/** One thing that has to be right for the server to be ready. */
export interface HealthCheck {
  name: string;
  /** Undefined when it is right, else what is wrong. */
  fault: string | undefined;
}

const deadlineMs = 2000;
const ping: HealthCheck = { name: "ping", fault: undefined };

/** What the server has done before its doors open, by the names of Kubernetes' hooks. */
const startSteps: readonly HealthCheck[] = [
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "apiservice-registration-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-discovery-controller",
  "apiservice-openapi-controller",
  "apiservice-openapiv3-controller",
].map((name) => ({ name: `poststarthook/${name}`, fault: undefined }));

/** Liveness asks nobody else: a store that is away is no reason to start the server again. */
export const livenessChecks: readonly HealthCheck[] = [ping, ...startSteps];

/** Whether the store answers, and the cache keeps up with it; under Kubernetes' names. */
export async function healthChecks(core: Core): Promise<HealthCheck[]> {
  return [
    ping,
    { name: "etcd", fault: await faultOf(core, () => core.store.currentRevision()) },
    { name: "informer-sync", fault: await faultOf(core, () => core.cache.fresh()) },
    ...startSteps,
  ];
}

async function faultOf(core: Core, check: () => Promise<unknown>): Promise<string | undefined> {
  let cancel = () => {};
  const late = new Promise<string>((resolve) => {
    cancel = core.clock.schedule(deadlineMs, () => resolve(`no answer within ${deadlineMs} ms`));
  });
  const answered = check().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return Promise.race([answered, late]).finally(() => cancel());
}
