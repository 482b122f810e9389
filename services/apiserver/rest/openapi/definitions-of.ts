import { contractDefinition } from "../../../../lib/api/openapi/contract-definition.ts";
import { customDefinition, customListDefinition } from "../../../../lib/api/openapi/custom-definition.ts";
import {
  type OpenApiVersion,
  referencedNames,
  type SchemaObject,
} from "../../../../lib/api/openapi/open-api-version.ts";
import type { ServedResource } from "../../served-resources.ts";
import { gvk } from "./object-operations.ts";
import { definitionOfKind, definitionOfList } from "./resource-names.ts";

/** The definitions of a custom kind and of its lists. */
export function definitionsOfCustom(served: ServedResource, version: OpenApiVersion): [string, SchemaObject][] {
  const name = definitionOfKind(served);
  const kind = gvk(served);
  const list = { ...kind, kind: served.listKind ?? `${kind.kind}List` };
  const { selectableFields } = served.schema;
  const selectable = selectableFields.map((fieldPath) => ({ fieldPath }));
  return [
    [
      name,
      {
        ...customDefinition(served.structure?.source, kind, version),
        ...(selectable.length > 0 && { "x-kubernetes-selectable-fields": selectable }),
      },
    ],
    [definitionOfList(served), customListDefinition(name, list, version)],
  ];
}

/** Names of definitions of the contracts, and of all that those refer to. Unknown names are left out. */
export function* closureOf(
  names: Iterable<string>,
  version: OpenApiVersion,
  seen: Set<string> = new Set(),
): Generator<[string, SchemaObject]> {
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const definition = contractDefinition(name, version);
    if (!definition) continue;
    waiting.push(...referencedNames(definition));
    yield [name, definition];
  }
}
