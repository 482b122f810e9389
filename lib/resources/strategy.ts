import type { ResourceSchema } from "../../gen/schema.ts";
import type { ObjectMeta } from "../../gen/typernetes/meta/v1/object_meta.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import type { ObjectNameRule } from "../api/names.ts";

/** What every object of the API has. */
export interface ApiObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/**
 * How one kind behaves, apart from what its contract says: pure functions, no I/O, no clock. Each kind has a folder in
 * `lib/resources/` with its strategy and a line in `list.ts`. The apiserver calls them in this order:
 * defaults → prepare → (admission) → validate.
 */
export interface Strategy<T extends ApiObject = ApiObject> {
  readonly schema: ResourceSchema;
  /** What names of the kind look like; absent: DNS names. */
  readonly nameRule?: ObjectNameRule;

  /** Fills what Kubernetes fills when the field is absent. Called on every write, and idempotent. */
  defaults?(object: T): void;

  /** Before a create: drops what a client may not set (status), sets what the server sets. */
  prepareForCreate?(object: T): void;
  /** Before an update of the object itself: what a client may not change comes from `old` (status). */
  prepareForUpdate?(object: T, old: T): void;
  /** Before an update of `status`: everything else comes from `old`. `now` is RFC 3339. */
  prepareForStatusUpdate?(object: T, old: T, now: string): void;

  /** `old` is what is replaced, for kinds that tolerate what was broken before. */
  validate(object: T, errors: FieldErrors, old?: T): void;
  /** Rules on change alone (immutable fields); `validate` has been called on the new object. */
  validateUpdate?(object: T, old: T, errors: FieldErrors): void;
  validateStatusUpdate?(object: T, old: T, errors: FieldErrors): void;

  /** Whoever replaces an object must say which version of it: there is no overwriting unseen. */
  readonly updatesNeedVersion?: true;
  /** `metadata.generation` rises when the specification changes. */
  readonly hasGeneration: boolean;
  /** How long a deletion waits for somebody to end the object, in seconds; undefined: it goes at once. */
  gracePeriodSeconds?(object: T, requested: number | undefined): number | undefined;
  /** Whether dependents stay when a deletion does not say what becomes of them, as in Kubernetes' first versions. */
  readonly orphansDependents?: boolean;
  /** How long objects live, in seconds (events); undefined: until deleted. */
  readonly ttlSeconds?: number;

  /** Field selector paths besides metadata.name and metadata.namespace, with the values of an object. */
  readonly selectableFields: Readonly<Record<string, (object: T) => string>>;

  /** What `get` prints, besides name (first) and age (where listed). Cells are what Kubernetes prints. */
  readonly columns: readonly Column<T>[];

  /** Where the scale subresource finds its numbers; absent: the kind has no scale. */
  readonly scale?: {
    replicas(object: T): number;
    setReplicas(object: T, replicas: number): void;
    statusReplicas(object: T): number;
    /** A label selector as text. */
    selector(object: T): string;
  };
}

/** One column of a printed table. */
export interface Column<T> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description: string;
  /** 0: always; 1: with `-o wide`. */
  readonly priority: number;
  /** The cell; `nowMs` is for ages. */
  cell(object: T, nowMs: number): string | number | boolean;
}
