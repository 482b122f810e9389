import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service, ServicePort } from "../../../gen/typernetes/core/v1/service.ts";
import { CliError } from "../cli-error.ts";

/** A port of this machine that stands for a port of a pod. */
export interface ForwardedPort {
  /** 0: any that is free. */
  readonly local: number;
  readonly remote: number;
}

/** Reads `80`, `8080:80`, `:80` and `8080:http`; the ports of a service stand for those of its pods. @throws CliError */
export function portsOf(words: readonly string[], pod: Pod, service: Service | undefined): ForwardedPort[] {
  return words.map((word) => {
    const parts = word.split(":");
    if (parts.length > 2) throw new CliError(`invalid port format '${word}'`);
    const [first = "", second] = parts;
    const wanted = second ?? first;
    const port = service ? ofService(service, wanted) : undefined;
    const remote = port ? targetOf(port, pod) : ofPod(pod, wanted);
    const own = second === undefined ? (port?.port ?? remote) : first === "" ? 0 : numberOf(first);
    if (own === undefined) throw new CliError(`error parsing local port '${first}'`);
    return { local: own, remote };
  });
}

function ofService({ spec = {}, metadata = {} }: Service, wanted: string): ServicePort {
  const number = numberOf(wanted);
  const found = (spec.ports ?? []).find((it) => (number === undefined ? it.name === wanted : it.port === number));
  if (found) return found;
  throw new CliError(
    number === undefined
      ? `Service '${metadata.name}' does not have a named port '${wanted}'`
      : `Service ${metadata.name} does not have a service port ${wanted}`,
  );
}

/** Where the service sends what comes to the port; a headless one sends nothing, its port is the pod's. */
function targetOf({ port = 0, targetPort }: ServicePort, pod: Pod): number {
  if (targetPort === undefined || targetPort === 0) return port;
  return typeof targetPort === "number" ? targetPort : ofPod(pod, targetPort);
}

function ofPod({ spec = {} }: Pod, wanted: string): number {
  const number = numberOf(wanted);
  if (number !== undefined) return number;
  const ports = (spec.containers ?? []).flatMap((container) => container.ports ?? []);
  const named = ports.find(({ name }) => name === wanted)?.containerPort;
  if (named === undefined) throw new CliError(`Pod does not have a named port '${wanted}'`);
  return named;
}

function numberOf(word: string): number | undefined {
  if (!/^\d{1,5}$/.test(word)) return undefined;
  const port = Number(word);
  if (port < 1 || port > 65_535) throw new CliError(`port ${word} is out of range`);
  return port;
}
