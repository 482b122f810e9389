import type { Container, EphemeralContainer, PodSpec, Volume } from "../../../gen/typernetes/core/v1/pod.ts";

/**
 * Drops what belongs to features that are off: ContainerRestartRules, ClusterTrustBundleProjection and PodCertificateRequest,
 * as in Kubernetes 1.34 unless it is told otherwise.
 */
export function dropDisabledFields(spec: PodSpec): void {
  for (const container of spec.initContainers ?? []) dropRestartRules(container, container.restartPolicy === "Always");
  for (const container of spec.containers ?? []) dropRestartRules(container, false);
  for (const container of spec.ephemeralContainers ?? []) dropRestartRules(container, false);
  for (const volume of spec.volumes ?? []) dropProjections(volume);
}

function dropRestartRules(container: Container | EphemeralContainer, isSidecar: boolean): void {
  if (container.restartPolicy !== undefined && !isSidecar) delete container.restartPolicy;
  if (container.restartPolicyRules !== undefined) delete container.restartPolicyRules;
}

function dropProjections({ projected }: Volume): void {
  for (const source of projected?.sources ?? []) {
    if (source.clusterTrustBundle !== undefined) delete source.clusterTrustBundle;
    if (source.podCertificate !== undefined) delete source.podCertificate;
  }
}
