import type { Container, ContainerPort, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { portName } from "../../api/names.ts";
import { checkOneOf, checkPortNumber } from "../rules.ts";
import { protocols } from "./enumerations.ts";

/** Checks the ports of one container. */
export function validateContainerPorts(ports: readonly ContainerPort[], path: string, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${path}[${index}]`;
    if (port.name) validatePortName(port.name, names, `${at}.name`, errors);
    if (!port.containerPort) errors.required(`${at}.containerPort`);
    else checkPortNumber(port.containerPort, `${at}.containerPort`, errors);
    if (port.hostPort) checkPortNumber(port.hostPort, `${at}.hostPort`, errors);
    checkOneOf(port.protocol, protocols, `${at}.protocol`, errors);
  }
}

function validatePortName(name: string, names: Set<string>, path: string, errors: FieldErrors): void {
  const messages = portName(name);
  for (const message of messages) errors.invalid(path, name, message);
  if (messages.length > 0) return;
  if (names.has(name)) errors.duplicate(path, name);
  names.add(name);
}

/** Checks that containers that run together ask for each port of the node once. */
export function validateHostPorts(containers: readonly Container[], path: string, errors: FieldErrors): void {
  const taken = new Set<string>();
  for (const [index, container] of containers.entries()) {
    for (const [at, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol ?? ""}/${port.hostIP ?? ""}/${port.hostPort}`;
      if (taken.has(key)) errors.duplicate(`${path}[${index}].ports[${at}].hostPort`, key);
      taken.add(key);
    }
  }
}

/** In the node's own network a container's port is the node's: no other may be given. */
export function validateHostNetworkPorts(spec: PodSpec, isPod: boolean, path: string, errors: FieldErrors): void {
  if (!spec.hostNetwork) return;
  for (const [index, container] of (spec.containers ?? []).entries()) {
    for (const [at, port] of (container.ports ?? []).entries()) {
      const hostPort = port.hostPort ?? 0;
      if ((isPod || hostPort !== 0) && hostPort !== port.containerPort)
        errors.invalid(
          `${path}.containers[${index}].ports[${at}].hostPort`,
          hostPort,
          "must match `containerPort` when `hostNetwork` is true",
        );
    }
  }
}
