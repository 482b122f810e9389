import type { Service, ServicePort } from "../../../gen/typernetes/core/v1/service.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { Undo } from "../registry/kind-hooks.ts";
import { AllocationError } from "./allocation-error.ts";
import type { ClusterAddresses } from "./cluster-addresses.ts";
import type { NodePorts } from "./node-ports.ts";

/** What a service holds: addresses and node ports. */
export interface Held {
  addresses: Set<string>;
  ports: Set<number>;
}

/** The addresses and node ports that a service has. */
export function heldBy(service: Service): Held {
  const { spec = {} } = service;
  const addresses = needsClusterIp(service) ? (spec.clusterIPs ?? [spec.clusterIP]) : [];
  const ports = [...(spec.ports ?? []).map((port) => port.nodePort), spec.healthCheckNodePort];
  return {
    addresses: new Set(addresses.filter((address): address is string => !!address)),
    ports: new Set(ports.filter((port): port is number => !!port)),
  };
}

/** `namespace/name` of a service. */
export function keyOf({ metadata }: Service): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

export function needsClusterIp({ spec }: Service): boolean {
  return spec?.type !== "ExternalName" && spec?.clusterIP !== "None";
}

export function needsNodePorts({ spec }: Service): boolean {
  return spec?.type === "NodePort" || (spec?.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

export function needsHealthCheckPort({ spec }: Service): boolean {
  return spec?.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

/** One service's requests to the allocators: all are granted, or all are taken back. */
export class ServiceAllocations {
  readonly #addresses: ClusterAddresses;
  readonly #nodePorts: NodePorts;
  readonly #dryRun: boolean;
  readonly #taken: Held = { addresses: new Set(), ports: new Set() };
  #service = "";

  constructor(addresses: ClusterAddresses, nodePorts: NodePorts, dryRun: boolean) {
    this.#addresses = addresses;
    this.#nodePorts = nodePorts;
    this.#dryRun = dryRun;
  }

  /**
   * Gives the service what it needs and `held` does not have yet.
   * @throws StatusError `Invalid` when something it asks for by number is not to be had.
   */
  async complete(service: Service, held: Held): Promise<Undo> {
    const errors = new FieldErrors();
    this.#service = keyOf(service);
    try {
      await this.#assignAddresses(service, held, errors);
      await this.#assignNodePorts(service, held, errors);
    } catch (error) {
      await this.undo();
      throw error;
    }
    const error = errors.toError({ group: "", kind: "Service", name: service.metadata?.name ?? "" });
    if (!error) return () => this.undo();
    await this.undo();
    throw error;
  }

  /** Gives back what was taken. */
  async undo(): Promise<void> {
    if (!this.#dryRun) await release(this.#addresses, this.#nodePorts, this.#service, this.#taken);
  }

  async #assignAddresses(service: Service, held: Held, errors: FieldErrors): Promise<void> {
    const spec = { ...service.spec };
    service.spec = spec;
    if (spec.type === "ExternalName") return;
    if (spec.clusterIP === "None") {
      spec.clusterIPs = ["None"];
      return;
    }
    if (!spec.ipFamilies?.length) return;
    const given = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP];
    const addresses: string[] = [];
    for (const [index, family] of spec.ipFamilies.entries()) {
      const wanted = given[index] || undefined;
      const isHeld = wanted !== undefined && held.addresses.has(wanted);
      const address = isHeld ? wanted : await this.#takeAddress(service, family, wanted, errors);
      if (address === undefined) return;
      addresses.push(address);
    }
    [spec.clusterIP] = addresses;
    spec.clusterIPs = addresses;
  }

  async #takeAddress(
    service: Service,
    family: string,
    wanted: string | undefined,
    errors: FieldErrors,
  ): Promise<string | undefined> {
    // The family went from the cluster after the service had got it.
    if (!this.#addresses.families.some((own) => own === family)) return wanted;
    try {
      if (this.#dryRun) return await this.#addresses.preview(family, wanted);
      const address = await this.#addresses.allocate(service, family, wanted);
      this.#taken.addresses.add(address);
      return address;
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      const which = wanted ? ` ${wanted}` : "";
      errors.invalid("spec.clusterIPs", wanted ? [wanted] : [], `failed to allocate IP${which}: ${error.message}`);
      return undefined;
    }
  }

  async #assignNodePorts(service: Service, held: Held, errors: FieldErrors): Promise<void> {
    const { spec } = service;
    if (!spec) return;
    if (needsNodePorts(service)) {
      for (const [index, port] of (spec.ports ?? []).entries()) {
        const path = `spec.ports[${index}].nodePort`;
        const wanted = port.nodePort || sharedNodePort(spec.ports ?? [], index);
        const nodePort = await this.#nodePort(wanted, held, path, errors);
        // A change of the status comes with the frozen specification.
        if (port.nodePort !== nodePort) port.nodePort = nodePort;
      }
    }
    if (!needsHealthCheckPort(service)) return;
    const healthPort = await this.#nodePort(spec.healthCheckNodePort, held, "spec.healthCheckNodePort", errors);
    if (spec.healthCheckNodePort !== healthPort) spec.healthCheckNodePort = healthPort;
  }

  async #nodePort(
    wanted: number | undefined,
    held: Held,
    path: string,
    errors: FieldErrors,
  ): Promise<number | undefined> {
    if (wanted && (held.ports.has(wanted) || this.#taken.ports.has(wanted))) return wanted;
    try {
      const index = wanted ? (this.#nodePorts.indexOf(wanted) ?? -1) : undefined;
      const { allocator } = this.#nodePorts;
      const port = this.#nodePorts.portOf(this.#dryRun ? allocator.preview(index) : await allocator.allocate(index));
      this.#taken.ports.add(port);
      return port;
    } catch (error) {
      errors.invalid(path, wanted ?? 0, portFault(error, this.#nodePorts.range));
      return wanted;
    }
  }
}

/** Gives back addresses and node ports. */
export async function release(
  addresses: ClusterAddresses,
  nodePorts: NodePorts,
  serviceKey: string,
  held: Held,
): Promise<void> {
  const releases = [
    ...[...held.addresses].map((address) => addresses.release(address, serviceKey)),
    ...[...held.ports].map((port) => nodePorts.allocator.release(nodePorts.indexOf(port) ?? -1)),
  ];
  await Promise.all(releases);
}

/** Ports with the same number and another protocol share a node port. */
function sharedNodePort(ports: readonly ServicePort[], index: number): number | undefined {
  const { port, protocol } = ports[index] ?? {};
  return ports.slice(0, index).find((other) => other.port === port && other.protocol !== protocol)?.nodePort;
}

function portFault(error: unknown, range: string): string {
  if (!(error instanceof AllocationError)) throw error;
  if (error.code === "Taken") return "provided port is already allocated";
  if (error.code === "Full") return "range is full";
  return `provided port is not in the valid range. The range of valid ports is ${range}`;
}
