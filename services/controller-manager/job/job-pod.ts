import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { podFromTemplate } from "../pods/pod-from-template.ts";
import { indexKey, jobKind, trackingFinalizer } from "./job-sync.ts";

const indexVariable = "JOB_COMPLETION_INDEX";

/** A pod of a job without indexes. */
export function jobPod(job: Job): Pod {
  const { namespace = "", name = "" } = job.metadata ?? {};
  const pod = podFromTemplate(job.spec?.template ?? {}, {
    namespace,
    name,
    reference: controllerReference(job, jobKind),
  });
  return { ...pod, metadata: { ...pod.metadata, finalizers: withTracking(pod.metadata?.finalizers) } };
}

/** The pod of an index, which it knows from its labels, its host name and its environment. */
export function indexedPod(job: Job, index: number, annotations: Readonly<Record<string, string>>): Pod {
  const pod = jobPod(job);
  const { name = "" } = job.metadata ?? {};
  const own = { [indexKey]: String(index) };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${name}-${index}-`,
      labels: { ...pod.metadata?.labels, ...own },
      annotations: { ...pod.metadata?.annotations, ...own, ...annotations },
    },
    spec: {
      ...pod.spec,
      hostname: `${name}-${index}`,
      initContainers: pod.spec?.initContainers?.map(withIndexVariable),
      containers: pod.spec?.containers?.map(withIndexVariable),
    },
  };
}

function withTracking(finalizers: readonly string[] = []): string[] {
  return finalizers.includes(trackingFinalizer) ? [...finalizers] : [...finalizers, trackingFinalizer];
}

function withIndexVariable(container: Container): Container {
  const { env = [] } = container;
  if (env.some(({ name }) => name === indexVariable)) return container;
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.labels['${indexKey}']` };
  return { ...container, env: [...env, { name: indexVariable, valueFrom: { fieldRef } }] };
}
