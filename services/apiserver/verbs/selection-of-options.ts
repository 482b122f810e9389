import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { parseFieldSelector } from "../../../lib/api/field-selector.ts";
import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { IndexedFields } from "../watch-cache/cached-object.ts";
import type { Selection } from "../watch-cache/selection.ts";

/** What the selectors of a list or a watch select. @throws StatusError `BadRequest` for selectors that cannot be read. */
export function selectionOf(info: ResourceInfo, namespace: string | undefined, options: ListOptions): Selection {
  const within = info.schema.namespaced && namespace ? namespace : undefined;
  const labels = parseLabelSelector(options.labelSelector ?? "");
  const fields = parseFieldSelector(options.fieldSelector ?? "");
  const unsupported = fields.unsupported(selectableFields(info));
  if (unsupported !== undefined) throw badRequest(`field label not supported: ${unsupported}`);
  const exact = fields.requirements.filter((requirement) => requirement.operator === "=");
  const matches = (index: IndexedFields) =>
    fields.matches((path) => index.fields[path] ?? "") && labels.matches(index.labels);
  return {
    key: JSON.stringify([within ?? null, labels.toString(), fields.toString()]),
    namespace: within,
    fieldValues: exact.map(({ field, value }) => [field, value]),
    matches: labels.isEmpty && fields.isEmpty ? undefined : matches,
  };
}

function selectableFields(info: ResourceInfo): string[] {
  const own = Object.keys(info.strategy.selectableFields);
  return ["metadata.name", ...(info.schema.namespaced ? ["metadata.namespace"] : []), ...own];
}
