import type { ControllerRevision } from "../../../gen/typernetes/apps/v1/controller_revision.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { LabelSelector } from "../../../gen/typernetes/meta/v1/selector.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import {
  claimObjects,
  controllerOf,
  controllerReference,
  isControlledBy,
  type OwnerKind,
} from "../../../lib/controller/controller-ref.ts";
import { templateHash } from "../deployment/template-hash.ts";
import { isRevisionOf, revisionData } from "./revision-data.ts";

/** So many names for one revision are tried. */
const namesMax = 10;

/** What has revisions: daemon sets and stateful sets. */
export interface RevisionOwner extends KubernetesObject {
  spec?:
    | {
        selector?: LabelSelector | undefined;
        template?: PodTemplateSpec | undefined;
        revisionHistoryLimit?: number | undefined;
      }
    | undefined;
  status?: { collisionCount?: number | undefined } | undefined;
}

/** In what the kinds of such owners differ. */
export interface HistorySettings<T extends RevisionOwner> {
  context: ControllerContext;
  ownerKind: OwnerKind;
  owners: ResourceClient<T>;
  revisions: Informer<ControllerRevision>;
  /** The label of a revision that carries its hash. */
  hashLabel: string;
}

/** The revisions of one owner. */
export interface History {
  /** Of the owner's present template. */
  newest: ControllerRevision;
  /** All others, the oldest first. */
  old: ControllerRevision[];
  /** How many names for revisions were taken. */
  collisionCount: number | undefined;
}

/** Adds the indexes that `readHistory` looks things up in. */
export function indexRevisions(revisions: Informer<ControllerRevision>): void {
  revisions.addIndex("controllerUid", (revision) => [controllerOf(revision)?.uid ?? ""]);
  revisions.addIndex("orphansByNamespace", (revision) =>
    controllerOf(revision) ? [] : [revision.metadata?.namespace ?? ""],
  );
}

/** The owner's revisions; one of its present template is made, or brought to the front again, where there is none. */
export async function readHistory<T extends RevisionOwner>(settings: HistorySettings<T>, owner: T): Promise<History> {
  const all = (await claimRevisions(settings, owner)).sort(byNumber);
  const template = owner.spec?.template ?? {};
  const existing = all.findLast((revision) => isRevisionOf(revision, template));
  const old = all.filter((revision) => revision !== existing);
  const number = (old.at(-1)?.revision ?? 0) + 1;
  const { collisionCount } = owner.status ?? {};
  if (!existing) return { old, ...(await createRevision(settings, owner, number, collisionCount)) };
  if ((existing.revision ?? 0) >= number) return { newest: existing, old, collisionCount };
  const { controllerrevisions } = settings.context.client.apps.v1;
  return { newest: await controllerrevisions.update({ ...existing, revision: number }), old, collisionCount };
}

/** Deletes the oldest revisions beyond the owner's limit; those in `liveNames` still have pods, and stay. */
export async function trimHistory(
  { client }: ControllerContext,
  owner: RevisionOwner,
  old: readonly ControllerRevision[],
  liveNames: ReadonlySet<string>,
): Promise<void> {
  const spare = old.filter(({ metadata }) => !liveNames.has(metadata?.name ?? ""));
  const excess = spare.slice(0, Math.max(0, spare.length - (owner.spec?.revisionHistoryLimit ?? 10)));
  for (const { metadata } of excess) {
    const { namespace, name = "", uid } = metadata ?? {};
    try {
      await client.apps.v1.controllerrevisions.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function claimRevisions<T extends RevisionOwner>(
  { context, ownerKind, owners, revisions: { lister } }: HistorySettings<T>,
  owner: T,
): Promise<ControllerRevision[]> {
  const matcher = labelMatcherOf(owner.spec?.selector);
  const { name = "", namespace, uid = "" } = owner.metadata ?? {};
  const candidates = [
    ...lister.byIndex("controllerUid", uid),
    ...lister.byIndex("orphansByNamespace", namespace ?? ""),
  ];
  return claimObjects(candidates, {
    owner,
    ownerKind,
    resource: context.client.apps.v1.controllerrevisions,
    matches: (revision) => matcher.matches(revision.metadata?.labels),
    freshOwner: () => owners.get(name, { namespace }),
  });
}

/** A name that is taken by another template makes another hash. */
async function createRevision<T extends RevisionOwner>(
  { context, ownerKind, hashLabel }: HistorySettings<T>,
  owner: T,
  number: number,
  collisionCount: number | undefined,
): Promise<Omit<History, "old">> {
  const { controllerrevisions } = context.client.apps.v1;
  const template = owner.spec?.template ?? {};
  let collisions = collisionCount;
  for (let tries = 1; ; tries++) {
    const hash = templateHash(template, collisions);
    const { namespace, annotations } = owner.metadata ?? {};
    const name = `${owner.metadata?.name}-${hash}`;
    try {
      const newest = await controllerrevisions.create({
        metadata: {
          namespace,
          name,
          labels: { ...template.metadata?.labels, [hashLabel]: hash },
          annotations,
          ownerReferences: [controllerReference(owner, ownerKind)],
        },
        data: revisionData(template),
        revision: number,
      });
      return { newest, collisionCount: collisions };
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists") || tries === namesMax) throw error;
      // Our own, when the cache does not show it yet.
      const taken = await controllerrevisions.get(name, { namespace });
      if (isControlledBy(taken, owner) && isRevisionOf(taken, template))
        return { newest: taken, collisionCount: collisions };
      collisions = (collisions ?? 0) + 1;
    }
  }
}

function byNumber(left: ControllerRevision, right: ControllerRevision): number {
  const difference = (left.revision ?? 0) - (right.revision ?? 0);
  if (difference !== 0) return difference;
  return (left.metadata?.creationTimestamp ?? "") < (right.metadata?.creationTimestamp ?? "") ? -1 : 1;
}
