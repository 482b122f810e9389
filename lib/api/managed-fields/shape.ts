/**
 * What server-side apply has to know about a type: which parts of a value are owned one by one, and which as a whole.
 * Contracts become shapes in `shape-of-message.ts`; a structural schema of a CustomResourceDefinition becomes one by
 * implementing these interfaces:
 *
 * | structural schema                                        | shape                                                   |
 * |----------------------------------------------------------|---------------------------------------------------------|
 * | `type: string/integer/number/boolean`, int-or-string     | `scalarShape`                                           |
 * | `type: object` with `properties`                         | `recordShape(fields)`: `element` absent, members fixed  |
 * | `type: object` with `additionalProperties`               | `recordShape([], { element })`                          |
 * | `x-kubernetes-map-type: atomic`                          | `{ isAtomic: true }` of either                          |
 * | `x-kubernetes-preserve-unknown-fields` or a bare object  | `element: untypedShape` (with its `properties` as fields)|
 * | no type at all                                           | `untypedAtomicShape`                                    |
 * | `type: array`, list type absent or `atomic`              | `listShape("atomic", items)`                            |
 * | `x-kubernetes-list-type: set`                            | `listShape("set", items)`                               |
 * | `x-kubernetes-list-type: map`, `x-kubernetes-list-map-keys` | `listShape("map", items, keys)`, keys with their `default` |
 * | `x-kubernetes-embedded-resource`                         | fields `apiVersion`, `kind` and `metadata` (`shapeOfMessage("meta.v1.ObjectMeta")`) besides its own |
 *
 * The root has the fields `apiVersion`, `kind` and `metadata` in any case. Shapes are immutable and may contain themselves.
 */
export type Shape = ScalarShape | RecordShape | ListShape | UntypedShape;

/** One value: owned as such. */
export interface ScalarShape {
  readonly kind: "scalar";
}

/** An object: declared fields (a struct), members of one shape under any name (a map), or both. */
export interface RecordShape {
  readonly kind: "record";
  /** Owned and replaced as a whole. */
  readonly isAtomic: boolean;
  /** The declared field of that name. */
  field(name: string): FieldShape | undefined;
  /** The shape of members that are not declared; undefined: there may be none. */
  readonly element: Shape | undefined;
  /** Fields that count as there, with their `whenAbsent`, wherever the object is there. */
  readonly alwaysThere: readonly FieldShape[];
}

/** A declared field of an object. */
export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  /** What an absent field counts as in comparisons: structs that Kubernetes' types hold by value. Frozen. */
  readonly whenAbsent?: Readonly<Record<string, unknown>>;
}

/** A list. */
export interface ListShape {
  readonly kind: "list";
  /** `atomic`: owned as a whole; `set`: each plain value; `map`: each object, known by its `keys`. */
  readonly type: "atomic" | "set" | "map";
  readonly element: Shape;
  /** For type `map`, at least one. */
  readonly keys: readonly ListKey[];
}

/** A field that tells the elements of a list apart. */
export interface ListKey {
  readonly name: string;
  /** The key of an element that does not say. */
  readonly default?: string | number | boolean;
}

/** A value of unknown type: objects member by member and the rest as a whole, or (atomic) everything as a whole. */
export interface UntypedShape {
  readonly kind: "untyped";
  readonly isAtomic: boolean;
}

/** Strings, numbers, booleans, and what is written as one of them. */
export const scalarShape: ScalarShape = { kind: "scalar" };
/** Anything: objects are owned member by member. */
export const untypedShape: UntypedShape = { kind: "untyped", isAtomic: false };
/** Anything, owned as a whole. */
export const untypedAtomicShape: UntypedShape = { kind: "untyped", isAtomic: true };

/** The shape of an object with these fields, and with `element` also of members under other names. */
export function recordShape(
  fields: Iterable<FieldShape>,
  { isAtomic = false, element }: { isAtomic?: boolean; element?: Shape } = {},
): RecordShape {
  const byName = new Map<string, FieldShape>();
  for (const field of fields) byName.set(field.name, field);
  const alwaysThere = [...byName.values()].filter((field) => field.whenAbsent !== undefined);
  return { kind: "record", isAtomic, field: (name) => byName.get(name), element, alwaysThere };
}

/** The shape of a list. */
export function listShape(type: ListShape["type"], element: Shape, keys: readonly ListKey[] = []): ListShape {
  return { kind: "list", type, element, keys };
}
