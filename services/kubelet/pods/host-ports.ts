import type { ContainerPort, Pod } from "../../../gen/typernetes/core/v1/pod.ts";

const anyAddress = "0.0.0.0";

/** Whether a pod asks for a host port that one of the others has already. */
export function wantsTakenPort(pod: Pod, others: Iterable<Pod>): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  for (const other of others) {
    const taken = hostPorts(other);
    if (wanted.some((one) => taken.some((two) => collide(one, two)))) return true;
  }
  return false;
}

/** Init containers that stay count, the others have gone when ports matter. */
function hostPorts({ spec = {} }: Pod): ContainerPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...(spec.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports.filter(({ hostPort }) => hostPort),
  );
}

function collide(one: ContainerPort, two: ContainerPort): boolean {
  if (one.hostPort !== two.hostPort || (one.protocol ?? "TCP") !== (two.protocol ?? "TCP")) return false;
  const [left, right] = [one.hostIP || anyAddress, two.hostIP || anyAddress];
  return left === right || left === anyAddress || right === anyAddress;
}
