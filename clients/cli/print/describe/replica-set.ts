import type { ReplicaSet } from "../../../../gen/typernetes/apps/v1/replica_set.ts";
import { formatLabelSelector, labelMatcherOf } from "../../../../lib/api/label-selector.ts";
import { describeConditions } from "./deployment.ts";
import type { Describer } from "./describe.ts";
import { describePodTemplate } from "./pod-template.ts";

export const describeReplicaSet: Describer = async (text, set: ReplicaSet, context) => {
  const { metadata = {}, spec = {}, status = {} } = set;
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  text.field("Selector", formatLabelSelector(spec.selector));
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner) text.field("Controlled By", `${owner.kind}/${owner.name}`);
  text.field("Replicas", `${status.replicas ?? 0} current / ${spec.replicas ?? 0} desired`);
  const { client } = await context.connect();
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  const { items } = await client.core.v1.pods.list({
    ...where,
    labelSelector: labelMatcherOf(spec.selector).toString(),
    ...context.call,
  });
  const own = items.filter((pod) => pod.metadata?.ownerReferences?.some(({ uid }) => uid === metadata.uid));
  const count = (phase: string) => own.filter((pod) => (pod.status?.phase ?? "Pending") === phase).length;
  text.field(
    "Pods Status",
    `${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed`,
  );
  describePodTemplate(text, spec.template ?? {});
  describeConditions(text, status.conditions);
};
