import type { Service, ServicePort } from "../../../gen/typernetes/core/v1/service.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { Undo } from "../registry/kind-hooks.ts";
import type { ClusterAddresses } from "./cluster-addresses.ts";
import type { NodePorts } from "./node-ports.ts";
import { AllocationError, type RangeAllocator } from "./range-allocator.ts";

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
    if (!this.#dryRun) await release(this.#addresses, this.#nodePorts, this.#taken);
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
      const address = isHeld ? wanted : await this.#takeAddress(family, wanted, errors);
      if (address === undefined) return;
      addresses.push(address);
    }
    [spec.clusterIP] = addresses;
    spec.clusterIPs = addresses;
  }

  async #takeAddress(family: string, wanted: string | undefined, errors: FieldErrors): Promise<string | undefined> {
    const range = this.#addresses.of(family);
    // The family went from the cluster after the service had got it.
    if (!range) return wanted;
    try {
      const index = wanted === undefined ? undefined : (range.indexOf(wanted) ?? -1);
      const address = range.addressOf(await this.#take(range.allocator, index));
      this.#taken.addresses.add(address);
      return address;
    } catch (error) {
      const fault = faultOf(error, "IP", `The range of valid IPs is ${range.range}`);
      errors.invalid(
        "spec.clusterIPs",
        wanted ? [wanted] : [],
        `failed to allocate IP${wanted ? ` ${wanted}` : ""}: ${fault}`,
      );
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
      const port = this.#nodePorts.portOf(await this.#take(this.#nodePorts.allocator, index));
      this.#taken.ports.add(port);
      return port;
    } catch (error) {
      errors.invalid(path, wanted ?? 0, faultOf(error, "port", `The range of valid ports is ${this.#nodePorts.range}`));
      return wanted;
    }
  }

  async #take(allocator: RangeAllocator, index: number | undefined): Promise<number> {
    return this.#dryRun ? allocator.preview(index) : allocator.allocate(index);
  }
}

/** Gives back addresses and node ports. */
export async function release(addresses: ClusterAddresses, nodePorts: NodePorts, held: Held): Promise<void> {
  const releases = [
    ...[...held.addresses].map((address) => addresses.release(address)),
    ...[...held.ports].map((port) => nodePorts.allocator.release(nodePorts.indexOf(port) ?? -1)),
  ];
  await Promise.all(releases);
}

/** Ports with the same number and another protocol share a node port. */
function sharedNodePort(ports: readonly ServicePort[], index: number): number | undefined {
  const { port, protocol } = ports[index] ?? {};
  return ports.slice(0, index).find((other) => other.port === port && other.protocol !== protocol)?.nodePort;
}

function faultOf(error: unknown, noun: string, rangeHint: string): string {
  if (!(error instanceof AllocationError)) throw error;
  if (error.code === "Taken") return `provided ${noun} is already allocated`;
  return error.code === "OutOfRange" ? `provided ${noun} is not in the valid range. ${rangeHint}` : "range is full";
}
