import { fieldsOf } from "../../../../lib/api/managed-fields/fields-of.ts";
import { mergeApplied } from "../../../../lib/api/managed-fields/merge.ts";
import type { Shape } from "../../../../lib/api/managed-fields/shape.ts";
import { isRecord, type JsonRecord } from "../../../../lib/api/records.ts";

/** Lays a configuration over an object, by the rules of server-side apply. @throws Error for one that may not be. */
export function applyOver(shape: Shape, live: object, configuration: JsonRecord): unknown {
  const { faults } = fieldsOf(shape, configuration);
  if (faults.length > 0) throw new Error(`failed to convert patch object to typed object: ${listed(faults)}`);
  const atomics = atomicsIn(shape, configuration, "");
  // Whoever sets one field of such a value would remove the others.
  if (atomics.length > 0)
    throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`);
  return mergeApplied(shape, live, configuration);
}

function listed(faults: readonly string[]): string {
  return faults.length === 1 ? String(faults[0]) : `errors:\n${faults.map((fault) => `  ${fault}`).join("\n")}`;
}

/** Where a value sets what is owned as a whole. */
function atomicsIn(shape: Shape, value: unknown, path: string): string[] {
  if (isRecord(value)) {
    const own = shape.kind !== "scalar" && shape.kind !== "list" && shape.isAtomic ? [path] : [];
    if (shape.kind !== "record") return own;
    const below = Object.entries(value).flatMap(([name, member]) => {
      const field = shape.field(name);
      return field ? atomicsIn(field.shape, member, `${path}.${name}`) : [];
    });
    return [...own, ...below];
  }
  if (!Array.isArray(value)) return [];
  if (shape.kind === "untyped") return [path];
  if (shape.kind !== "list") return [];
  const below = value.flatMap((item, index) => atomicsIn(shape.element, item, `${path}[${index}]`));
  return shape.type === "atomic" ? [path, ...below] : below;
}
