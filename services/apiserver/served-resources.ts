import type { ResourceSchema } from "../../gen/schema.ts";
import type { CustomResourceDefinitionVersion } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { Decoded, FieldValidation } from "../../lib/api/decode.ts";
import type { Handlers } from "../../lib/grpc/router.ts";
import type { ApiObject, Strategy } from "../../lib/resources/strategy.ts";
import type { StructuralSchema } from "../../lib/structural/structural-schema.ts";
import type { ResourceService } from "./grpc/resource-service.ts";

/** A kind in one version as clients see it: what every door serves. */
export interface ServedResource {
  readonly schema: ResourceSchema;
  /** Columns and scale of the form that clients see. */
  readonly strategy: Strategy;
  /** Its verbs; they let in and refuse by themselves. Kinds with subresources of their own have more of them. */
  readonly handlers: Handlers<ResourceService>;
  /** Takes an object from JSON. @throws StatusError `BadRequest`, also for unknown fields when they are refused. */
  decode(json: unknown, validation: FieldValidation): Decoded<ApiObject>;
  /** Kinds that come and go with a definition: encoded as JSON only. */
  readonly isCustom?: boolean;
  /** The kind of its lists, where that is not the kind and `List`. */
  readonly listKind?: string;
  /** The schema of a custom kind, as walks over objects want it, and as its author wrote it with its columns. */
  readonly structure?: StructuralSchema;
  readonly definition?: CustomResourceDefinitionVersion;
  /** What its clients should be told: that the version is about to go. */
  readonly warning?: string;
}

/** Which kinds are served now. Custom ones come and go. */
export class ServedResources {
  readonly #byPath = new Map<string, ServedResource>();
  readonly #listeners = new Set<() => void>();

  /** Adds a kind, or replaces the one in its place. */
  add(resource: ServedResource): void {
    this.#byPath.set(pathOf(resource.schema), resource);
    for (const listener of this.#listeners) listener();
  }

  /** Ends serving a kind. */
  remove(schema: Pick<ResourceSchema, "group" | "version" | "plural">): void {
    if (!this.#byPath.delete(pathOf(schema))) return;
    for (const listener of this.#listeners) listener();
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** All of them, in the order in which they were added. */
  all(): ServedResource[] {
    return [...this.#byPath.values()];
  }

  /** Calls `listener` after every change. Answers how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function pathOf({ group, version, plural }: Pick<ResourceSchema, "group" | "version" | "plural">): string {
  return `${group}/${version}/${plural}`;
}
