import { availableParallelism, totalmem } from "node:os";
import type { Container, ContainerStatus, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { amountOf, podRequests, type ResourceAmounts } from "../../../lib/resources/pod/pod-requests.ts";
import { computeQosClass } from "../../../lib/resources/pod/qos-class.ts";
import { isCriticalPod } from "../eviction/critical-pods.ts";
import type { ResizeProblem } from "../hooks/hook.ts";
import { allocatable } from "../node/allocatable.ts";
import type { KubeletOptions } from "../options.ts";
import { sizeChanges } from "./applied-sizes.ts";
import type { PodWorker } from "./pod-worker.ts";
import { podSlots, takenBy, victimsFor } from "./preemption.ts";
import type { Refusal } from "./refusal.ts";

const resources = ["cpu", "memory"] as const;
const classes = ["Guaranteed", "Burstable", "BestEffort"];

/** What of the node its pods have been promised, whether another finds room, and whether one that wants another size may have it. */
export class NodeRoom {
  readonly #capacity: ResourceAmounts;
  readonly #podsMax: number;
  readonly #workers: () => Iterable<PodWorker>;
  readonly #reported: () => Readonly<Record<string, string>>;
  /** Who goes for the sake of a critical pod, by uid: what they have is no more theirs. */
  readonly #preempted = new Set<string>();
  /** What was granted and is not yet in the pods' status, by uid. */
  readonly #granted = new Map<string, Pod>();
  /** Who waits for room, by uid, in the order in which they began to. */
  readonly #waiting = new Map<string, Pod>();

  /** `reported`: what the node says that pods can have; of it counts what the machine itself does not tell. */
  constructor(
    { configuration }: Pick<KubeletOptions, "configuration">,
    workers: () => Iterable<PodWorker>,
    reported: () => Readonly<Record<string, string>>,
  ) {
    const machine = { cpu: String(availableParallelism()), memory: String(totalmem()) };
    const container = { name: "", resources: { requests: allocatable(machine, configuration) } };
    this.#capacity = podRequests({ spec: { containers: [container] } });
    this.#podsMax = configuration.maxPods;
    this.#workers = workers;
    this.#reported = reported;
  }

  /**
   * Why a pod that comes to the node finds no room; undefined when it does. Schedulers make no such mistakes, others do. For
   * a critical pod others have to go, as `preempt` is told.
   */
  refusal(pod: Pod, preempt: (victim: PodWorker) => void): Refusal | undefined {
    const others = [...this.#workers()].filter((other) => this.#counts(other) && !isSame(other.pod, pod));
    const lacks = this.#lacking(pod, others);
    const [first] = lacks;
    if (!first || !isCriticalPod(pod)) return first && noRoom(first);
    const missing = lacks.map(({ name, requested, used, capacity }): [string, number] => {
      return [name, requested - (capacity - used)];
    });
    const candidates = others.map((other) => other.pod);
    const victims = victimsFor(pod, candidates, Object.fromEntries(missing));
    if (!victims) return notEvenByPreemption(missing);
    for (const other of others) {
      if (!victims.includes(other.pod)) continue;
      this.#preempted.add(other.pod.metadata?.uid ?? "");
      preempt(other);
    }
    return undefined;
  }

  #lacking(pod: Pod, others: readonly PodWorker[]): Lack[] {
    const used: ResourceAmounts = { [podSlots]: others.length };
    for (const other of others) addAll(used, this.#held(other.pod));
    return Object.entries(takenBy(pod)).flatMap(([name, requested]) => {
      const [taken, capacity] = [used[name] ?? 0, this.#capacityOf(name)];
      const fits = capacity === undefined || requested <= 0 || requested <= capacity - taken;
      return fits ? [] : [{ name, requested, used: taken, capacity }];
    });
  }

  /** Undefined for what nobody counts on this node: devices that another sees to. */
  #capacityOf(name: string): number | undefined {
    if (name === podSlots) return this.#podsMax;
    if (this.#capacity[name] !== undefined) return this.#capacity[name];
    const reported = this.#reported();
    if (reported[name] !== undefined) return amountOf(name, reported[name]);
    // Before the node has reported nothing is known.
    return name.includes("/") || Object.keys(reported).length === 0 ? undefined : 0;
  }

  #counts({ holdsPlace, pod }: PodWorker): boolean {
    return holdsPlace && !this.#preempted.has(pod.metadata?.uid ?? "");
  }

  /** The pod as it may run now: with what it has while it waits for more. And why it waits. */
  judge(pod: Pod): { pod: Pod; problem?: ResizeProblem } {
    const uid = pod.metadata?.uid ?? "";
    const present = asAllocated(pod);
    if (!differs(present, pod)) {
      this.#forget(uid);
      return { pod };
    }
    const granted = this.#granted.get(uid);
    if (granted && !differs(granted, pod)) return { pod };
    const problem = this.#infeasible(pod) ?? this.#deferred(pod, present);
    if (problem) {
      if (problem.reason === "Deferred") this.#waiting.set(uid, pod);
      else this.#waiting.delete(uid);
      return { pod: present, problem };
    }
    this.#waiting.delete(uid);
    this.#granted.set(uid, pod);
    this.freed();
    return { pod };
  }

  /** A pod has gone, or has ended: what it had is others' to have. */
  release(uid: string): void {
    this.#preempted.delete(uid);
    this.#forget(uid);
    this.freed();
  }

  /** Lets those who wait try again. */
  freed(): void {
    if (this.#waiting.size === 0) return;
    for (const worker of this.#workers()) if (this.#waiting.has(worker.pod.metadata?.uid ?? "")) worker.wake();
  }

  #forget(uid: string): void {
    this.#granted.delete(uid);
    this.#waiting.delete(uid);
  }

  /** What no waiting will make fit. */
  #infeasible(pod: Pod): ResizeProblem | undefined {
    const wanted = podRequests(pod);
    for (const name of resources) {
      const [requested, capacity] = [wanted[name] ?? 0, this.#capacity[name] ?? 0];
      if (requested <= capacity) continue;
      const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`;
      return { type: "PodResizePending", reason: "Infeasible", message };
    }
    return undefined;
  }

  /** What does not fit beside the others, and beside those who wait and come first. */
  #deferred(pod: Pod, present: Pod): ResizeProblem | undefined {
    const [wanted, has] = [podRequests(pod), podRequests(present)];
    const used = this.#usedBesides(pod);
    for (const name of resources) {
      const [requested, taken, capacity] = [wanted[name] ?? 0, used[name] ?? 0, this.#capacity[name] ?? 0];
      if (requested <= (has[name] ?? 0) || requested + taken <= capacity) continue;
      const message = lacking(name, requested, taken, capacity);
      return { type: "PodResizePending", reason: "Deferred", message };
    }
    return undefined;
  }

  #usedBesides(pod: Pod): ResourceAmounts {
    const others = [...this.#workers()].filter((other) => this.#counts(other) && !isSame(other.pod, pod));
    const used: ResourceAmounts = {};
    for (const other of others) add(used, this.#held(other.pod));
    for (const first of this.#before(pod)) {
      const more = difference(podRequests(first), podRequests(asAllocated(first)));
      const own = podRequests(asAllocated(pod));
      const isRoom = resources.every((name) => {
        return (more[name] ?? 0) + (used[name] ?? 0) + (own[name] ?? 0) <= (this.#capacity[name] ?? 0);
      });
      if (isRoom) add(used, more);
    }
    return used;
  }

  #held(pod: Pod): ResourceAmounts {
    return podRequests(this.#granted.get(pod.metadata?.uid ?? "") ?? asAllocated(pod));
  }

  /** Who waits and has precedence: the more important, then those promised more, then who has waited longer. */
  #before(pod: Pod): Pod[] {
    const order = [...this.#waiting.values()].filter((other) => !isSame(other, pod));
    const rank = (each: Pod) => [-(each.spec?.priority ?? 0), classes.indexOf(computeQosClass(each))];
    const [ownPriority = 0, ownClass = 0] = rank(pod);
    const waitsAlready = [...this.#waiting.keys()].indexOf(pod.metadata?.uid ?? "");
    return order.filter((other) => {
      const [priority = 0, qos = 0] = rank(other);
      if (priority !== ownPriority) return priority < ownPriority;
      if (qos !== ownClass) return qos < ownClass;
      const waits = [...this.#waiting.keys()].indexOf(other.metadata?.uid ?? "");
      return waitsAlready < 0 || waits < waitsAlready;
    });
  }
}

/** The pod with the sizes that its containers have been given, as the server knows them. */
function asAllocated(pod: Pod): Pod {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const statuses = new Map([...containerStatuses, ...initContainerStatuses].map((status) => [status.name, status]));
  const sized = (container: Container) => withSize(container, statuses.get(container.name));
  const { containers = [], initContainers } = pod.spec ?? {};
  const inits = initContainers && { initContainers: initContainers.map(sized) };
  return { ...pod, spec: { ...pod.spec, containers: containers.map(sized), ...inits } };
}

/** What has never been started has been given nothing else yet. */
function withSize(container: Container, status: ContainerStatus | undefined): Container {
  if (!status?.containerID) return container;
  if (sizeChanges(status.resources ?? {}, container.resources ?? {}).length === 0) return container;
  const { resources: _, ...rest } = container;
  return status.resources ? { ...rest, resources: status.resources } : rest;
}

function differs(left: Pod, right: Pod): boolean {
  const sizes = ({ spec }: Pod) => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const others = sizes(right);
  return sizes(left).some(({ resources: own }, index) => {
    return sizeChanges(own ?? {}, others[index]?.resources ?? {}).length > 0;
  });
}

/** What of a resource is too little for a pod. */
interface Lack {
  name: string;
  requested: number;
  used: number;
  capacity: number;
}

function noRoom({ name, requested, used, capacity }: Lack): Refusal {
  return { reason: `OutOf${name}`, why: lacking(name, requested, used, capacity) };
}

function notEvenByPreemption(missing: readonly [string, number][]): Refusal {
  const amounts = missing.map(([name, amount]) => `(res: ${name}, q: ${amount}), `).join("");
  const cause = `no set of running pods found to reclaim resources: [${amounts}]`;
  const why = `preemption: error finding a set of pods to preempt: ${cause}`;
  const failure = "Unexpected error while attempting to recover from admission failure";
  return { reason: "UnexpectedAdmissionError", why: `${failure}: ${why}` };
}

function lacking(name: string, requested: number, used: number, capacity: number): string {
  return `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
}

function isSame(left: Pod, right: Pod): boolean {
  return left.metadata?.uid === right.metadata?.uid;
}

function add(total: ResourceAmounts, amounts: ResourceAmounts): void {
  for (const name of resources) total[name] = (total[name] ?? 0) + (amounts[name] ?? 0);
}

function addAll(total: ResourceAmounts, amounts: ResourceAmounts): void {
  for (const [name, amount] of Object.entries(amounts)) total[name] = (total[name] ?? 0) + amount;
}

function difference(left: ResourceAmounts, right: ResourceAmounts): ResourceAmounts {
  return Object.fromEntries(resources.map((name) => [name, (left[name] ?? 0) - (right[name] ?? 0)]));
}
