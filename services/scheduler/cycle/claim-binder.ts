import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import { retryOnConflict } from "../../../lib/client/retry-on-conflict.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { allocationResult } from "../devices/allocation-result.ts";
import { claimsOf, devicesFor, notReachable, unallocatedClaims } from "../plugins/dynamic-resources.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Refusals } from "./select-node.ts";

/** Keeps a claim that has devices until they are given back. */
const finalizer = "resource.kubernetes.io/delete-protection";

interface BinderParts {
  client: Client;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** Gives devices to the claims of pods on the nodes that were chosen, before the pods are bound there. */
export class ClaimBinder {
  readonly #parts: BinderParts;
  readonly #snapshot: Snapshot;
  /** What was promised to the claims of a pod, by its uid. */
  readonly #promised = new Map<string, string[]>();
  /** Pods whose claims are just being told that they are used no more. */
  readonly #releases = new Map<string, Promise<unknown>>();

  constructor(parts: BinderParts, snapshot: Snapshot) {
    this.#parts = parts;
    this.#snapshot = snapshot;
  }

  /** Promises devices on a node to a pod's claims; answers why it cannot. */
  promise(pod: PodInfo, node: number): string | undefined {
    const waiting = unallocatedClaims(pod, this.#snapshot);
    if (waiting.length === 0) return undefined;
    const found = devicesFor(waiting, this.#snapshot, node);
    if (!Array.isArray(found)) return found ?? "cannot allocate all claims";
    const { devices } = this.#snapshot;
    for (const claim of found) devices.promise(objectKey(claim.claim), allocationResult(claim, devices.classes));
    this.#promised.set(
      pod.uid,
      found.map(({ claim }) => objectKey(claim)),
    );
    return undefined;
  }

  /** Writes down what was promised, and that the pod uses its claims; resolves with why that failed. */
  async bind(pod: PodInfo): Promise<string | undefined> {
    await this.#releases.get(pod.uid);
    try {
      for (const claim of claimsOf(pod, this.#snapshot))
        if (!isReserved(claim, pod.uid)) this.#snapshot.devices.noteWritten(await this.#write(claim, pod));
      this.#promised.delete(pod.uid);
      return undefined;
    } catch (error) {
      return `running PreBind plugin "DynamicResources": ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** The pod does not come after all: what it was promised is free again, and it uses its claims no more. */
  release(pod: PodInfo): void {
    for (const key of this.#promised.get(pod.uid) ?? []) this.#snapshot.devices.takeBack(key);
    this.#promised.delete(pod.uid);
    const withdrawn = claimsOf(pod, this.#snapshot).map((claim) =>
      this.#inBackground(objectKey(claim), () => this.#withdraw(claim, pod)),
    );
    const release = Promise.all(withdrawn).finally(() => {
      if (this.#releases.get(pod.uid) === release) this.#releases.delete(pod.uid);
    });
    this.#releases.set(pod.uid, release);
  }

  async #withdraw({ metadata }: ResourceClaim, { uid }: PodInfo): Promise<void> {
    const { resourceclaims } = this.#parts.client.resource.v1;
    const claim = await resourceclaims.get(metadata?.name ?? "", { namespace: metadata?.namespace });
    if (claim.metadata?.uid !== metadata?.uid || !isReserved(claim, uid)) return;
    const reservedFor = claim.status?.reservedFor?.filter((user) => user.uid !== uid);
    await resourceclaims.updateStatus({ ...claim, status: { ...claim.status, reservedFor } });
  }

  /** Takes the devices of one claim away that keep its pod from nodes, so that others can be chosen. */
  freeUnreachable(pod: PodInfo, { byReason }: Refusals): void {
    if (!byReason.has(notReachable.reasons[0])) return;
    const unused = claimsOf(pod, this.#snapshot).find(({ status }) => {
      const others = status?.reservedFor?.filter(({ uid }) => uid !== pod.uid) ?? [];
      return status?.allocation?.nodeSelector && others.length === 0;
    });
    if (!unused) return;
    const { allocation: _, reservedFor: __, devices: ___, ...status } = unused.status ?? {};
    void this.#inBackground(objectKey(unused), () =>
      this.#parts.client.resource.v1.resourceclaims.updateStatus({ ...unused, status }),
    );
  }

  #write(known: ResourceClaim, pod: PodInfo): Promise<ResourceClaim> {
    const { resourceclaims } = this.#parts.client.resource.v1;
    const key = objectKey(known);
    const allocation = this.#snapshot.devices.promisedTo(key);
    let newest: ResourceClaim | undefined = known;
    return retryOnConflict(async () => {
      const { namespace, name = "" } = known.metadata ?? {};
      let claim = newest ?? (await resourceclaims.get(name, { namespace }));
      newest = undefined;
      if (claim.metadata?.deletionTimestamp || claim.metadata?.uid !== known.metadata?.uid)
        throw new Error(`claim ${key} got deleted in the meantime`);
      if (allocation && claim.status?.allocation)
        throw new Error(`claim ${key} got allocated elsewhere in the meantime`);
      if (!allocation && !claim.status?.allocation) throw new Error(`claim ${key} got deallocated in the meantime`);
      const finalizers = claim.metadata?.finalizers ?? [];
      if (allocation && !finalizers.includes(finalizer))
        claim = await resourceclaims.update({
          ...claim,
          metadata: { ...claim.metadata, finalizers: [...finalizers, finalizer] },
        });
      const { reservedFor = [] } = claim.status ?? {};
      if (isReserved(claim, pod.uid)) return claim;
      const user = { resource: "pods", name: pod.pod.metadata?.name, uid: pod.uid };
      const status = { ...claim.status, ...(allocation && { allocation }), reservedFor: [...reservedFor, user] };
      return resourceclaims.updateStatus({ ...claim, status });
    }, this.#parts);
  }

  async #inBackground(claim: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await retryOnConflict(work, this.#parts);
    } catch (error) {
      if (isStatusError(error, "NotFound", "Conflict")) return;
      this.#parts.logger.warn({ err: error, claim }, "could not take devices back; the pod will be tried again");
    }
  }
}

function isReserved({ status }: ResourceClaim, uid: string): boolean {
  return status?.reservedFor?.some((user) => user.uid === uid) ?? false;
}
