import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { quantityMilliValue, quantityValue } from "../../../lib/base/quantity.ts";
import { DeviceCatalog } from "../devices/device-catalog.ts";
import type { Labels } from "./affinity-term.ts";
import { type Domains, domainsOf } from "./domains.ts";
import { NodeImages } from "./node-images.ts";
import { Nominations } from "./nominations.ts";
import { PodCounters } from "./pod-counters.ts";
import type { HostPort, PodInfo } from "./pod-info.ts";
import { TermHolders } from "./term-holders.ts";
import { VolumeCatalog } from "./volume-catalog.ts";

const initialSlots = 64;

/** A pod with the node that it takes room of. */
export interface PlacedPod {
  readonly info: PodInfo;
  readonly nodeName: string;
}

/** Per node, what is not a number. */
export interface NodeEntry {
  name: string;
  node: Node;
  labels: Labels;
  taints: readonly Taint[];
  /** Cordoned. */
  unschedulable: boolean;
  /** Allocatable and requested amounts of extended resources. */
  extended: ReadonlyMap<string, number>;
  extendedRequested: Map<string, number>;
  /** Host ports in use: `protocol/port` to the addresses, with how many pods have each. */
  hostPorts: Map<string, Map<string, number>>;
  /** How many pods there are of each priority. */
  priorities: Map<number, number>;
}

/**
 * All nodes with what runs on them, kept up to date change by change. A node has a slot; the numbers of all nodes lie in flat
 * arrays by slot, so that filters and scores are loops over numbers. Slots of nodes that went are used again.
 */
export class Snapshot {
  readonly entries: (NodeEntry | undefined)[] = [];
  /** Slots in use. */
  slots: number[] = [];
  milliCpu = new Float64Array(initialSlots);
  memoryBytes = new Float64Array(initialSlots);
  ephemeralBytes = new Float64Array(initialSlots);
  podsMax = new Float64Array(initialSlots);
  requestedMilliCpu = new Float64Array(initialSlots);
  requestedMemoryBytes = new Float64Array(initialSlots);
  requestedEphemeralBytes = new Float64Array(initialSlots);
  scoredMilliCpu = new Float64Array(initialSlots);
  scoredMemoryBytes = new Float64Array(initialSlots);
  podCount = new Float64Array(initialSlots);

  readonly #slotOf = new Map<string, number>();
  readonly #free: number[] = [];
  /** Pods by uid, also those whose node is not there (yet). */
  readonly #placed = new Map<string, PlacedPod>();
  readonly #podsByNode = new Map<string, Map<string, PodInfo>>();
  /** What placed pods want near them: not at all, rather not, above all, and rather. */
  readonly repelling = new TermHolders();
  readonly disliking = new TermHolders();
  readonly attracting = new TermHolders();
  readonly liking = new TermHolders();
  /** Waiting pods for which room is being made. */
  readonly nominations = new Nominations();
  readonly images = new NodeImages();
  readonly volumes = new VolumeCatalog();
  readonly devices = new DeviceCatalog();
  /** Placed pods by the claims that they use. */
  readonly #usersOfClaim = new Map<string, Set<string>>();
  readonly #counters = new PodCounters();
  readonly #domains = new Map<string, Domains>();
  readonly #ofController = new Map<string, Map<number, number>>();
  readonly #namespaces = new Map<string, Labels>();
  #taintedNodes = 0;

  /** Whether any node has a taint. */
  get hasTaints(): boolean {
    return this.#taintedNodes > 0;
  }

  /** The slot of a node; undefined when there is none of that name. */
  slotOf(nodeName: string): number | undefined {
    return this.#slotOf.get(nodeName);
  }

  podsOn(slot: number): Iterable<PodInfo> {
    return this.#podsByNode.get(this.entry(slot).name)?.values() ?? [];
  }

  /** How many pods on each node, by slot, are meant; `key` is equal for equal questions. Nobody changes the answer. */
  countPods(key: string, isMeant: (pod: PodInfo) => boolean): Int32Array {
    return this.#counters.bySlot(key, isMeant, () => {
      const bySlot = new Int32Array(this.milliCpu.length);
      for (const slot of this.slots)
        for (const pod of this.podsOn(slot)) if (isMeant(pod)) bySlot[slot] = (bySlot[slot] ?? 0) + 1;
      return bySlot;
    });
  }

  /** How many placed pods use a claim, `uid` aside. */
  usersOfClaim(key: string, uid: string): number {
    const users = this.#usersOfClaim.get(key);
    return users ? users.size - Number(users.has(uid)) : 0;
  }

  /** How many pods of a controller are on which nodes, by slot. */
  podsOfController(uid: string): ReadonlyMap<number, number> | undefined {
    return this.#ofController.get(uid);
  }

  /** The values of a label among the nodes. */
  domains(topologyKey: string): Domains {
    const known = this.#domains.get(topologyKey);
    if (known) return known;
    const fresh = domainsOf(this.slots, this.milliCpu.length, (slot) => this.entry(slot).labels[topologyKey]);
    this.#domains.set(topologyKey, fresh);
    return fresh;
  }

  /** Where a pod is counted. */
  placed(uid: string): PlacedPod | undefined {
    return this.#placed.get(uid);
  }

  namespaceLabels(name: string): Labels {
    return this.#namespaces.get(name) ?? {};
  }

  putNamespace(name: string, labels: Labels | undefined): void {
    if (!deepEqual(this.#namespaces.get(name), labels)) this.#counters.clear();
    if (labels) this.#namespaces.set(name, labels);
    else this.#namespaces.delete(name);
  }

  entry(slot: number): NodeEntry {
    const entry = this.entries[slot];
    if (!entry) throw new Error(`no node in slot ${slot}`);
    return entry;
  }

  /** Adds or replaces a node. */
  putNode(node: Node): void {
    const name = node.metadata?.name ?? "";
    const known = this.#slotOf.get(name);
    const slot = known ?? this.#newSlot(name);
    const allocatable = node.status?.allocatable ?? {};
    const { cpu, memory, "ephemeral-storage": ephemeral, pods, ...others } = allocatable;
    this.milliCpu[slot] = cpu ? quantityMilliValue(cpu) : 0;
    this.memoryBytes[slot] = memory ? quantityValue(memory) : 0;
    this.ephemeralBytes[slot] = ephemeral ? quantityValue(ephemeral) : 0;
    this.podsMax[slot] = pods ? quantityValue(pods) : 0;
    const before = this.entries[slot];
    this.#taintedNodes += Number((node.spec?.taints?.length ?? 0) > 0) - Number((before?.taints.length ?? 0) > 0);
    if (!before || !deepEqual(before.labels, node.metadata?.labels ?? {})) this.#domains.clear();
    this.images.put(slot, node.status?.images);
    this.entries[slot] = {
      name,
      node,
      labels: node.metadata?.labels ?? {},
      taints: node.spec?.taints ?? [],
      unschedulable: node.spec?.unschedulable ?? false,
      extended: new Map(Object.entries(others).map(([key, quantity]) => [key, quantityValue(quantity)])),
      extendedRequested: before?.extendedRequested ?? new Map(),
      hostPorts: before?.hostPorts ?? new Map(),
      priorities: before?.priorities ?? new Map(),
    };
    if (known === undefined) for (const info of this.#podsByNode.get(name)?.values() ?? []) this.#count(slot, info, 1);
  }

  removeNode(name: string): void {
    const slot = this.#slotOf.get(name);
    if (slot === undefined) return;
    this.#slotOf.delete(name);
    if (this.entry(slot).taints.length > 0) this.#taintedNodes--;
    this.entries[slot] = undefined;
    this.slots = this.slots.filter((other) => other !== slot);
    this.images.put(slot);
    this.#domains.clear();
    for (const holders of this.#holders()) holders.reset(slot);
    for (const [uid, bySlot] of this.#ofController) {
      bySlot.delete(slot);
      if (bySlot.size === 0) this.#ofController.delete(uid);
    }
    this.#free.push(slot);
  }

  /** Counts a pod to a node; one that was counted before is counted anew. */
  placePod(info: PodInfo, nodeName: string): void {
    this.removePod(info.uid);
    const placed = { info, nodeName };
    this.#placed.set(info.uid, placed);
    for (const claim of info.claims)
      this.#usersOfClaim.set(claim, (this.#usersOfClaim.get(claim) ?? new Set()).add(info.uid));
    const onNode = this.#podsByNode.get(nodeName);
    if (onNode) onNode.set(info.uid, info);
    else this.#podsByNode.set(nodeName, new Map([[info.uid, info]]));
    const slot = this.#slotOf.get(nodeName);
    if (slot !== undefined) this.#count(slot, info, 1);
  }

  /** Takes in what is known anew of a placed pod that takes as much as before. */
  renewPod(info: PodInfo): void {
    const placed = this.#placed.get(info.uid);
    if (!placed) return;
    // What it was counted as is what it will be taken away as.
    if (placed.info.controllerUid !== info.controllerUid) return this.placePod(info, placed.nodeName);
    this.#placed.set(info.uid, { info, nodeName: placed.nodeName });
    this.#podsByNode.get(placed.nodeName)?.set(info.uid, info);
  }

  /** Takes a pod away from its node; answers whether it was on one. */
  removePod(uid: string): boolean {
    const placed = this.#placed.get(uid);
    if (!placed) return false;
    this.#placed.delete(uid);
    for (const claim of placed.info.claims) {
      const users = this.#usersOfClaim.get(claim);
      users?.delete(uid);
      if (users?.size === 0) this.#usersOfClaim.delete(claim);
    }
    const onNode = this.#podsByNode.get(placed.nodeName);
    onNode?.delete(uid);
    if (onNode?.size === 0) this.#podsByNode.delete(placed.nodeName);
    const slot = this.#slotOf.get(placed.nodeName);
    if (slot !== undefined) this.#count(slot, placed.info, -1);
    return true;
  }

  #newSlot(name: string): number {
    const slot = this.#free.pop() ?? this.entries.length;
    if (slot >= this.milliCpu.length) this.#grow();
    for (const numbers of this.#requestedArrays()) numbers[slot] = 0;
    this.#counters.reset(slot);
    this.entries[slot] = undefined;
    this.#slotOf.set(name, slot);
    this.slots.push(slot);
    return slot;
  }

  #requestedArrays(): Float64Array[] {
    return [
      this.requestedMilliCpu,
      this.requestedMemoryBytes,
      this.requestedEphemeralBytes,
      this.scoredMilliCpu,
      this.scoredMemoryBytes,
      this.podCount,
    ];
  }

  #holders(): TermHolders[] {
    return [this.repelling, this.disliking, this.attracting, this.liking];
  }

  #grow(): void {
    this.#counters.clear();
    this.#domains.clear();
    const doubled = (numbers: Float64Array) => {
      const larger = new Float64Array(numbers.length * 2);
      larger.set(numbers);
      return larger;
    };
    this.milliCpu = doubled(this.milliCpu);
    this.memoryBytes = doubled(this.memoryBytes);
    this.ephemeralBytes = doubled(this.ephemeralBytes);
    this.podsMax = doubled(this.podsMax);
    this.requestedMilliCpu = doubled(this.requestedMilliCpu);
    this.requestedMemoryBytes = doubled(this.requestedMemoryBytes);
    this.requestedEphemeralBytes = doubled(this.requestedEphemeralBytes);
    this.scoredMilliCpu = doubled(this.scoredMilliCpu);
    this.scoredMemoryBytes = doubled(this.scoredMemoryBytes);
    this.podCount = doubled(this.podCount);
  }

  /** Adds (`sign` 1) or takes away (-1) what a pod takes of its node. */
  #count(slot: number, info: PodInfo, sign: 1 | -1): void {
    add(this.requestedMilliCpu, slot, sign * info.milliCpu);
    add(this.requestedMemoryBytes, slot, sign * info.memoryBytes);
    add(this.requestedEphemeralBytes, slot, sign * info.ephemeralBytes);
    add(this.scoredMilliCpu, slot, sign * info.scoredMilliCpu);
    add(this.scoredMemoryBytes, slot, sign * info.scoredMemoryBytes);
    add(this.podCount, slot, sign);
    const entry = this.entry(slot);
    for (const [name, amount] of info.extended) addTo(entry.extendedRequested, name, sign * amount);
    addTo(entry.priorities, info.priority, sign);
    if (info.controllerUid) this.#countOfController(info.controllerUid, slot, sign);
    for (const port of info.hostPorts) countPort(entry.hostPorts, port, sign);
    if (info.hasAffinity) {
      this.repelling.count(slot, info.antiAffinityTerms, sign);
      this.disliking.count(slot, info.preferredAntiTerms, sign);
      this.attracting.count(slot, info.affinityTerms, sign);
      this.liking.count(slot, info.preferredTerms, sign);
    }
    this.#counters.count(slot, info, sign);
  }

  #countOfController(uid: string, slot: number, sign: 1 | -1): void {
    const bySlot = this.#ofController.get(uid) ?? new Map<number, number>();
    const count = (bySlot.get(slot) ?? 0) + sign;
    if (count > 0) bySlot.set(slot, count);
    else bySlot.delete(slot);
    if (bySlot.size > 0) this.#ofController.set(uid, bySlot);
    else this.#ofController.delete(uid);
  }
}

function add(numbers: Float64Array, slot: number, amount: number): void {
  numbers[slot] = (numbers[slot] ?? 0) + amount;
}

function countPort(ports: NodeEntry["hostPorts"], { protocol, port, ip }: HostPort, sign: 1 | -1): void {
  const key = `${protocol}/${port}`;
  const addresses = ports.get(key) ?? new Map<string, number>();
  ports.set(key, addresses);
  addTo(addresses, ip, sign);
  if (addresses.size === 0) ports.delete(key);
}

function addTo<K>(counts: Map<K, number>, key: K, amount: number): void {
  const sum = (counts.get(key) ?? 0) + amount;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
