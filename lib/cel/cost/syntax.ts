/** A type as the library's checker finds it. */
export interface CheckedType {
  readonly name: string;
  readonly kind: string;
  readonly valueType?: CheckedType;
}

/** A node of an expression that has been checked. */
export interface CheckedNode {
  readonly op: string;
  readonly args: unknown;
  readonly checkedType?: CheckedType;
  readonly meta: { readonly alternate?: unknown };
}

export function isCheckedNode(value: unknown): value is CheckedNode {
  return typeof value === "object" && value !== null && "op" in value && "meta" in value;
}

/** The nodes among the arguments of a node. */
export function nodesOf(value: unknown): CheckedNode[] {
  return (Array.isArray(value) ? value : [value]).filter(isCheckedNode);
}

const scalars = new Set([
  ...["bool", "double", "int", "uint", "google.protobuf.Duration", "google.protobuf.Timestamp"],
  ...["optional<bool>", "optional<double>", "optional<int>", "optional<uint>"],
]);

/** Whether all values of a type are of one size. */
export function isScalar(type: CheckedType | undefined): boolean {
  return type !== undefined && scalars.has(type.name);
}
