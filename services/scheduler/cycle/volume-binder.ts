import type { Clock } from "../../../lib/base/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { decideVolumes, type VolumeDecision } from "../plugins/volume-decision.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** Nobody waits longer than this for a volume to be made, unless told otherwise. */
const defaultBindMsMax = 600_000;
const selectedNode = "volume.kubernetes.io/selected-node";

interface Waiting {
  pod: PodInfo;
  nodeName: string;
  /** Claims for which a volume is known to be in the making. */
  provisioning: Set<string>;
  done: (failure: string | undefined) => void;
}

/** Gets the claims of pods their volumes on the nodes that were chosen, before the pods are bound there. */
export class VolumeBinder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #snapshot: Snapshot;
  readonly #waiting = new Set<Waiting>();

  constructor(client: Client, clock: Clock, snapshot: Snapshot) {
    this.#client = client;
    this.#clock = clock;
    this.#snapshot = snapshot;
  }

  /** Whether a pod has claims that wait for it. */
  hasWork({ claims }: PodInfo): boolean {
    const { volumes } = this.#snapshot;
    return claims.some((key) => {
      const claim = volumes.claims.get(key);
      return claim !== undefined && !volumes.isBound(claim);
    });
  }

  /** Promises volumes on a node to a pod and writes it down; resolves when all claims are bound, with why they are not. */
  async bind(pod: PodInfo, node: number, bindMsMax = defaultBindMsMax): Promise<string | undefined> {
    const decision = decideVolumes(pod, this.#snapshot, node);
    if ("reasons" in decision) return decision.reasons.join(", ");
    const { name } = this.#snapshot.entry(node);
    this.#promise(decision, name);
    try {
      await this.#write(decision, name);
      return await this.#areBound(pod, name, bindMsMax);
    } catch (error) {
      return `binding volumes: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#takeBack(decision);
    }
  }

  /** Claims have changed: those may be bound that somebody waits for. */
  check(): void {
    for (const waiting of this.#waiting) {
      if (this.#isGone(waiting.pod)) waiting.done("binding volumes: a claim has gone");
      else if (!this.hasWork(waiting.pod)) waiting.done(undefined);
      else this.#checkProvisioning(waiting);
    }
  }

  /** Who makes volumes gives up by taking the node's name off the claim. */
  #checkProvisioning({ pod, nodeName, provisioning, done }: Waiting): void {
    for (const key of pod.claims) {
      const { metadata } = this.#snapshot.volumes.claims.get(key) ?? {};
      if (metadata?.annotations?.[selectedNode] === nodeName) provisioning.add(key);
      else if (provisioning.has(key)) done(`binding volumes: provisioning failed for PVC "${metadata?.name}"`);
    }
  }

  close(): void {
    for (const { done } of this.#waiting) done("the scheduler stops");
  }

  #promise({ bindings, provisions }: VolumeDecision, nodeName: string): void {
    const { promised, provisioning } = this.#snapshot.volumes;
    for (const { claimKey, volume } of bindings) promised.set(volume.metadata?.name ?? "", claimKey);
    for (const key of provisions) provisioning.set(key, nodeName);
  }

  #takeBack({ bindings, provisions }: VolumeDecision): void {
    const { promised, provisioning } = this.#snapshot.volumes;
    for (const { volume } of bindings) promised.delete(volume.metadata?.name ?? "");
    for (const key of provisions) provisioning.delete(key);
  }

  async #write({ bindings, provisions }: VolumeDecision, nodeName: string): Promise<void> {
    const { persistentvolumes, persistentvolumeclaims } = this.#client.core.v1;
    const { claims } = this.#snapshot.volumes;
    const bindOne = async ({ claimKey, volume }: VolumeDecision["bindings"][number]) => {
      const { namespace, name, uid, resourceVersion } = claims.get(claimKey)?.metadata ?? {};
      const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid, resourceVersion };
      const annotations = volume.spec?.claimRef ? {} : { "pv.kubernetes.io/bound-by-controller": "yes" };
      const metadata = { resourceVersion: volume.metadata?.resourceVersion, annotations };
      await persistentvolumes.patch(volume.metadata?.name ?? "", { metadata, spec: { claimRef } });
    };
    const provisionOne = async (key: string) => {
      const { namespace, name = "", uid } = claims.get(key)?.metadata ?? {};
      const annotations = { [selectedNode]: nodeName };
      await persistentvolumeclaims.patch(name, { metadata: { uid, annotations } }, { namespace });
    };
    await Promise.all([...bindings.map(bindOne), ...provisions.map(provisionOne)]);
  }

  #isGone({ claims }: PodInfo): boolean {
    return claims.some((key) => !this.#snapshot.volumes.claims.has(key));
  }

  #areBound(pod: PodInfo, nodeName: string, bindMsMax: number): Promise<string | undefined> {
    if (!this.hasWork(pod)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        pod,
        nodeName,
        provisioning: new Set(),
        done: (failure) => {
          cancel();
          this.#waiting.delete(waiting);
          resolve(failure);
        },
      };
      const cancel = this.#clock.schedule(bindMsMax, () =>
        waiting.done("binding volumes: timed out waiting for the condition"),
      );
      this.#waiting.add(waiting);
    });
  }
}
