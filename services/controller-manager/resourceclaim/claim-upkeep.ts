import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type {
  ResourceClaim,
  ResourceClaimConsumerReference,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { Lister } from "../../../lib/client/informer.ts";
import { isPodDone, owningPod } from "./pod-claims.ts";

/** Keeps a claim that has devices until they are given back. */
const finalizer = "resource.kubernetes.io/delete-protection";

/** Takes claims away from pods that are done with them, and devices from claims that nobody uses any more. */
export class ClaimUpkeep {
  readonly #client: Client;
  readonly #pods: Lister<Pod>;

  constructor(client: Client, pods: Lister<Pod>) {
    this.#client = client;
    this.#pods = pods;
  }

  async maintain(claim: ResourceClaim): Promise<void> {
    const { reservedFor = [] } = claim.status ?? {};
    const valid: ResourceClaimConsumerReference[] = [];
    for (const user of reservedFor) if (await this.#stillUses(claim, user)) valid.push(user);
    const hasFinalizer = claim.metadata?.finalizers?.includes(finalizer) ?? false;
    if (valid.length < reservedFor.length) await this.#withdraw(claim, valid, hasFinalizer);
    else if (hasFinalizer && claim.metadata?.deletionTimestamp && valid.length === 0) await this.#letGo(claim);
    if (valid.length === 0) await this.#removeUnneeded(claim);
  }

  async #stillUses(
    { metadata }: ResourceClaim,
    { apiGroup, resource, name = "", uid }: ResourceClaimConsumerReference,
  ): Promise<boolean> {
    if (apiGroup || resource !== "pods")
      throw new Error(`unsupported ReservedFor entry: ${resource}.${apiGroup}/${name}`);
    const namespace = metadata?.namespace;
    const known = this.#pods.get(namespace, name);
    if (known && known.metadata?.uid === uid) return !isPodDone(known);
    // The news of a new pod may be late: only the server knows for sure.
    const pod = await this.#client.core.v1.pods.get(name, { namespace }).catch((error: unknown) => {
      if (isStatusError(error, "NotFound")) return undefined;
      throw error;
    });
    return pod?.metadata?.uid === uid;
  }

  /** Who is done with the claim uses it no more; after the last one its devices are free. */
  async #withdraw(claim: ResourceClaim, users: ResourceClaimConsumerReference[], hasFinalizer: boolean): Promise<void> {
    const isFree = users.length === 0 && hasFinalizer;
    const { reservedFor: _, ...status } = isFree ? withoutDevices(claim) : (claim.status ?? {});
    const written = await this.#client.resource.v1.resourceclaims.updateStatus({
      ...claim,
      status: { ...status, ...(users.length > 0 && { reservedFor: users }) },
    });
    if (isFree) await this.#removeFinalizer(written);
  }

  /** A claim that is to go, and that nobody uses, can go. */
  async #letGo(claim: ResourceClaim): Promise<void> {
    const freed = claim.status?.allocation
      ? await this.#client.resource.v1.resourceclaims.updateStatus({ ...claim, status: withoutDevices(claim) })
      : claim;
    await this.#removeFinalizer(freed);
  }

  async #removeFinalizer(claim: ResourceClaim): Promise<void> {
    const finalizers = claim.metadata?.finalizers?.filter((name) => name !== finalizer);
    await this.#client.resource.v1.resourceclaims.update({ ...claim, metadata: { ...claim.metadata, finalizers } });
  }

  /** A claim that was made for a pod which will not run goes before the pod does. */
  async #removeUnneeded(claim: ResourceClaim): Promise<void> {
    const owner = owningPod(claim);
    const { namespace, name = "", uid, deletionTimestamp } = claim.metadata ?? {};
    if (!owner || deletionTimestamp) return;
    const pod = this.#pods.get(namespace, owner.name);
    // Of a pod that is not there, or not known yet, the garbage collector takes care.
    if (!pod || (pod.metadata?.uid === owner.uid && !isPodDone(pod))) return;
    await this.#client.resource.v1.resourceclaims.delete(name, { namespace, preconditions: { uid } });
  }
}

function withoutDevices({ status }: ResourceClaim): NonNullable<ResourceClaim["status"]> {
  const { allocation: _, devices: __, ...rest } = status ?? {};
  return rest;
}
