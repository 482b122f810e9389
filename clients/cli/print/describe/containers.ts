import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  Probe,
} from "../../../../gen/typernetes/core/v1/pod.ts";
import { type DescriptionText, longTime } from "./description-text.ts";

/** Describes containers under a label, with their state where it is known. */
export function describeContainers(
  text: DescriptionText,
  label: string,
  containers: readonly Container[] | undefined,
  { statuses, indent = "" }: { statuses?: readonly ContainerStatus[] | undefined; indent?: string } = {},
): void {
  if (!containers?.length) return;
  text.line(`${indent}${label}:`);
  for (const container of containers) {
    const status = statuses?.find(({ name }) => name === container.name);
    text.line(`${indent ? " " : ""}${container.name ?? ""}:`, 1);
    describeContainer(text, container, status);
  }
}

function describeContainer(text: DescriptionText, container: Container, status: ContainerStatus | undefined): void {
  if (status) text.field("Container ID", status.containerID ?? "", 2);
  text.field("Image", container.image ?? "", 2);
  if (status) text.field("Image ID", status.imageID ?? "", 2);
  describePorts(text, container);
  for (const [name, words] of [
    ["Command", container.command],
    ["Args", container.args],
  ] as const) {
    if (words?.length) text.line(`${name}:`, 2);
    for (const word of words ?? []) for (const line of word.split("\n")) text.line(line, 3);
  }
  if (status) describeStatus(text, status);
  describeQuantities(text, "Limits", container.resources?.limits);
  describeQuantities(text, "Requests", container.resources?.requests);
  for (const [name, probe] of [
    ["Liveness", container.livenessProbe],
    ["Readiness", container.readinessProbe],
    ["Startup", container.startupProbe],
  ] as const)
    if (probe) text.field(name, probeText(probe), 2);
  describeEnvironment(text, container);
  describeMounts(text, container);
}

function describePorts(text: DescriptionText, { ports = [] }: Container): void {
  const shown = ports.map(
    ({ containerPort = 0, protocol = "TCP", name }) => `${containerPort}/${protocol}${name ? ` (${name})` : ""}`,
  );
  const onHost = ports.map(
    ({ hostPort = 0, protocol = "TCP", name }) => `${hostPort}/${protocol}${name ? ` (${name})` : ""}`,
  );
  const plural = ports.length > 1 ? "s" : "";
  text.field(`Port${plural}`, shown.join(", ") || "<none>", 2);
  text.field(`Host Port${plural}`, onHost.join(", ") || "<none>", 2);
}

function describeStatus(text: DescriptionText, status: ContainerStatus): void {
  describeState(text, "State", status.state);
  if (status.lastState && Object.keys(status.lastState).length > 0) describeState(text, "Last State", status.lastState);
  text.field("Ready", status.ready ? "True" : "False", 2);
  text.field("Restart Count", status.restartCount ?? 0, 2);
}

function describeState(text: DescriptionText, name: string, state: ContainerState | undefined): void {
  if (state?.running) text.field(name, "Running", 2).field("Started", longTime(state.running.startedAt), 3);
  else if (state?.terminated) {
    const { reason, message, exitCode, signal, startedAt, finishedAt } = state.terminated;
    text.field(name, "Terminated", 2);
    if (reason) text.field("Reason", reason, 3);
    if (message) text.field("Message", message, 3);
    text.field("Exit Code", exitCode ?? 0, 3);
    if (signal) text.field("Signal", signal, 3);
    text.field("Started", longTime(startedAt), 3).field("Finished", longTime(finishedAt), 3);
  } else {
    text.field(name, "Waiting", 2);
    if (state?.waiting?.reason) text.field("Reason", state.waiting.reason, 3);
  }
}

function describeQuantities(
  text: DescriptionText,
  name: string,
  quantities: Readonly<Record<string, string>> | undefined,
): void {
  const entries = Object.entries(quantities ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  if (entries.length > 0) text.line(`${name}:`, 2);
  for (const [resource, quantity] of entries) text.field(resource, quantity, 3);
}

function probeText(probe: Probe): string {
  const {
    initialDelaySeconds = 0,
    timeoutSeconds = 0,
    periodSeconds = 0,
    successThreshold = 0,
    failureThreshold = 0,
  } = probe;
  const timing = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  return `${handlerText(probe)} ${timing}`;
}

function handlerText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec) return `exec [${(exec.command ?? []).join(" ")}]`;
  if (httpGet) {
    const { scheme = "HTTP", host = "", port, path = "" } = httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port ?? ""}${path.startsWith("/") ? path : `/${path}`}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ""}:${tcpSocket.port ?? ""}`;
  return grpc ? `grpc <pod>:${grpc.port ?? ""} ${grpc.service ?? ""}` : "unknown";
}

function describeEnvironment(text: DescriptionText, { env = [], envFrom = [] }: Container): void {
  if (envFrom.length > 0) text.line("Environment Variables from:", 2);
  for (const { prefix, configMapRef, secretRef } of envFrom) {
    const [source, kind] = configMapRef ? [configMapRef, "ConfigMap"] : [secretRef, "Secret"];
    const prefixed = prefix ? ` with prefix '${prefix}'` : "";
    text.line(`${source?.name ?? ""}\t${kind}${prefixed}\tOptional: ${source?.optional ?? false}`, 3);
  }
  if (env.length === 0) text.field("Environment", "<none>", 2);
  else text.line("Environment:", 2);
  for (const variable of env) describeVariable(text, variable);
}

function describeVariable(text: DescriptionText, { name = "", value = "", valueFrom }: EnvVar): void {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  if (fieldRef) text.line(`${name}:\t (${fieldRef.apiVersion ?? "v1"}:${fieldRef.fieldPath})`, 3);
  else if (resourceFieldRef)
    text.line(`${name}:\t${resourceFieldRef.containerName ?? ""} (${resourceFieldRef.resource})`, 3);
  else if (secretKeyRef)
    text.line(
      `${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`,
      3,
    );
  else if (configMapKeyRef)
    text.line(
      `${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional ?? false}`,
      3,
    );
  else {
    const [first = "", ...more] = value.split("\n");
    text.line(`${name}:\t${first}`, 3);
    for (const line of more) text.line(`\t${line}`, 3);
  }
}

function describeMounts(text: DescriptionText, { volumeMounts = [] }: Container): void {
  if (volumeMounts.length === 0) {
    text.field("Mounts", "<none>", 2);
    return;
  }
  text.line("Mounts:", 2);
  const sorted = [...volumeMounts].sort((left, right) => ((left.mountPath ?? "") < (right.mountPath ?? "") ? -1 : 1));
  for (const { mountPath, name, readOnly, subPath } of sorted) {
    const flags = [readOnly ? "ro" : "rw", ...(subPath ? [`path="${subPath}"`] : [])];
    text.line(`${mountPath} from ${name} (${flags.join(",")})`, 3);
  }
}
