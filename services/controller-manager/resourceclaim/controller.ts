import type { Pod, PodResourceClaim } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { ResourceClaimTemplate } from "../../../gen/typernetes/resource/v1/resource_claim_template.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { isControlledBy } from "../../../lib/controller/controller-ref.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { ClaimUpkeep } from "./claim-upkeep.ts";
import { generatedClaim } from "./generate-claim.ts";
import { claimKeysOf, claimNameOf, isPodDone, owningPod, podClaimAnnotation } from "./pod-claims.ts";

const podPrefix = "pod:";
const claimPrefix = "claim:";
const consumersMax = 256;

/** Makes the claims on devices that pods have templates of, and takes devices away from claims that nobody uses any more. */
export function createResourceClaimController(context: ControllerContext): Controller {
  return new ResourceClaimController(context);
}

class ResourceClaimController implements Controller {
  readonly name = "resource-claim-controller";
  readonly workers = 10;
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<ResourceClaim>;
  readonly #templates: Informer<ResourceClaimTemplate>;
  readonly #upkeep: ClaimUpkeep;
  /** Claims that were made here and are not in the cache yet: their names, by the pod's uid and its claim. */
  readonly #made = new Map<string, string>();

  constructor(context: ControllerContext) {
    const { core, resource } = context.client;
    this.#context = context;
    this.#pods = context.informers.informer(core.v1.pods);
    this.#claims = context.informers.informer(resource.v1.resourceclaims);
    this.#templates = context.informers.informer(resource.v1.resourceclaimtemplates);
    this.#pods.addIndex("deviceClaims", claimKeysOf);
    this.#claims.addIndex("owningPod", (claim) => [owningPod(claim)?.uid ?? ""]);
    this.#upkeep = new ClaimUpkeep(context.client, this.#pods.lister);
  }

  setUp(enqueue: Enqueue): void {
    const changed = (pod: Pod) => {
      if (!pod.spec?.resourceClaims?.length) return;
      if (isPodDone(pod)) for (const claim of this.#claimsOf(pod)) enqueue(claimPrefix + claim);
      else if (!pod.metadata?.deletionTimestamp) enqueue(podPrefix + objectKey(pod));
    };
    this.#pods.addHandler({
      added: changed,
      updated: (_, pod) => changed(pod),
      deleted: (pod) => {
        for (const claim of this.#claimsOf(pod)) enqueue(claimPrefix + claim);
        for (const { name } of pod.spec?.resourceClaims ?? []) this.#made.delete(`${pod.metadata?.uid}/${name}`);
      },
    });
    const usedBy = (claim: ResourceClaim) => {
      for (const pod of this.#pods.lister.byIndex("deviceClaims", objectKey(claim)))
        enqueue(podPrefix + objectKey(pod));
    };
    this.#claims.addHandler({
      added: (claim) => {
        this.#made.delete(madeKey(claim));
        enqueue(claimPrefix + objectKey(claim));
        usedBy(claim);
      },
      updated: (_, claim) => {
        enqueue(claimPrefix + objectKey(claim));
        usedBy(claim);
      },
      deleted: (claim) => {
        this.#made.delete(madeKey(claim));
        usedBy(claim);
      },
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    if (key.startsWith(claimPrefix)) {
      const claim = this.#claims.lister.byKey(key.slice(claimPrefix.length));
      if (claim) await this.#upkeep.maintain(claim).catch(isGone);
      return;
    }
    const pod = this.#pods.lister.byKey(key.slice(podPrefix.length));
    if (!pod || pod.metadata?.deletionTimestamp || isPodDone(pod)) return;
    await this.#ensureClaims(pod);
    if (pod.spec?.nodeName) await this.#reserveClaims(pod);
  }

  /** The keys of the claims that a pod uses, or that were made for it. */
  #claimsOf(pod: Pod): Set<string> {
    const made = this.#claims.lister.byIndex("owningPod", pod.metadata?.uid ?? "-");
    return new Set([...claimKeysOf(pod), ...made.map(objectKey)]);
  }

  async #ensureClaims(pod: Pod): Promise<void> {
    const made: { name: string; resourceClaimName: string }[] = [];
    for (const podClaim of pod.spec?.resourceClaims ?? []) {
      try {
        const resourceClaimName = await this.#ensureClaim(pod, podClaim);
        if (resourceClaimName) made.push({ name: podClaim.name ?? "", resourceClaimName });
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const message = `PodResourceClaim ${podClaim.name}: ${messageOf(error)}`;
        this.#context.recorder.event(pod, "Warning", "FailedResourceClaimCreation", message);
        throw error;
      }
    }
    if (made.length === 0) return;
    const { namespace, name = "", uid } = pod.metadata ?? {};
    const patch = { metadata: { uid }, status: { resourceClaimStatuses: made } };
    await this.#context.client.core.v1.pods.patch(name, patch, { namespace, subresource: "status" }).catch(isGone);
  }

  /** Answers the name of a claim that the pod's status does not have yet. */
  async #ensureClaim(pod: Pod, podClaim: PodResourceClaim): Promise<string | undefined> {
    const template = podClaim.resourceClaimTemplateName;
    const name = claimNameOf(pod, podClaim);
    if (!template || name === null) return undefined;
    const { namespace, uid = "" } = pod.metadata ?? {};
    const known = name === undefined ? undefined : this.#claims.lister.get(namespace, name);
    if (known && isControlledBy(known, pod)) return undefined;
    const made = this.#made.get(`${uid}/${podClaim.name}`) ?? this.#orphan(pod, podClaim)?.metadata?.name;
    if (made !== undefined) return made === name ? undefined : made;
    const claim = await this.#create(pod, podClaim, template);
    this.#made.set(`${uid}/${podClaim.name}`, claim.metadata?.name ?? "");
    return claim.metadata?.name;
  }

  /** A claim that was made for the pod before its status could say so. */
  #orphan({ metadata }: Pod, { name }: PodResourceClaim): ResourceClaim | undefined {
    const owned = this.#claims.lister.byIndex("owningPod", metadata?.uid ?? "-");
    return owned.find((claim) => claim.metadata?.annotations?.[podClaimAnnotation] === name);
  }

  async #create(pod: Pod, podClaim: PodResourceClaim, name: string): Promise<ResourceClaim> {
    const { namespace } = pod.metadata ?? {};
    const { resourceclaims, resourceclaimtemplates } = this.#context.client.resource.v1;
    const cached = this.#templates.lister.get(namespace, name);
    return resourceclaims.create(
      generatedClaim(pod, podClaim, cached ?? (await resourceclaimtemplates.get(name, { namespace }))),
    );
  }

  /** A pod that was put on its node without the scheduler uses its claims, too. */
  async #reserveClaims(pod: Pod): Promise<void> {
    const { name, uid } = pod.metadata ?? {};
    for (const key of claimKeysOf(pod)) {
      const claim = this.#claims.lister.byKey(key);
      const { allocation, reservedFor = [] } = claim?.status ?? {};
      if (!claim || !allocation || reservedFor.length >= consumersMax) continue;
      const isOthers = owningPod(claim) !== undefined && !isControlledBy(claim, pod);
      if (isOthers || reservedFor.some((user) => user.uid === uid)) continue;
      const users = [...reservedFor, { resource: "pods", name, uid }];
      await this.#context.client.resource.v1.resourceclaims.updateStatus({
        ...claim,
        status: { ...claim.status, reservedFor: users },
      });
    }
  }
}

function madeKey(claim: ResourceClaim): string {
  return `${owningPod(claim)?.uid}/${claim.metadata?.annotations?.[podClaimAnnotation]}`;
}

function isGone(error: unknown): void {
  if (!isStatusError(error, "NotFound")) throw error;
}
