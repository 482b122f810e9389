import type { PodInfo } from "./pod-info.ts";

/** Waiting pods for which room is being made on a node: others of less or equal priority leave it to them. */
export class Nominations {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  get size(): number {
    return this.#nodeOf.size;
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  put(pod: PodInfo, nodeName: string): void {
    this.remove(pod.uid);
    this.#nodeOf.set(pod.uid, nodeName);
    const pods = this.#byNode.get(nodeName) ?? new Map<string, PodInfo>();
    this.#byNode.set(nodeName, pods.set(pod.uid, pod));
  }

  remove(uid: string): void {
    const nodeName = this.#nodeOf.get(uid);
    if (nodeName === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(nodeName);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(nodeName);
  }

  /** The pods that are to come to a node. */
  on(nodeName: string): PodInfo[] {
    return [...(this.#byNode.get(nodeName)?.values() ?? [])];
  }

  /** Those of them that a pod has to leave room for. */
  before(pod: PodInfo, nodeName: string): PodInfo[] {
    const pods = this.#byNode.get(nodeName);
    if (!pods) return [];
    return [...pods.values()].filter(({ uid, priority }) => uid !== pod.uid && priority >= pod.priority);
  }
}
