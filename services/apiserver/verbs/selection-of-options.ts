import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { IndexedFields } from "../watch-cache/cached-object.ts";
import type { Selection } from "../watch-cache/selection.ts";

/** What the selectors of a list or a watch select. @throws StatusError `BadRequest` for selectors that cannot be read. */
export function selectionOf(info: ResourceInfo, namespace: string | undefined, options: ListOptions): Selection {
  const within = info.schema.namespaced && namespace ? namespace : undefined;
  const labels = parse(options.labelSelector);
  const fields = parse(options.fieldSelector);
  for (const [path] of fields) {
    if (path === "metadata.name" || path === "metadata.namespace" || path in info.strategy.selectableFields) continue;
    throw badRequest(`field label not supported: ${path}`);
  }
  const key = JSON.stringify([within ?? null, options.labelSelector ?? "", options.fieldSelector ?? ""]);
  const matches = (index: IndexedFields) =>
    labels.every(([name, value]) => index.labels[name] === value) &&
    fields.every(([path, value]) => (index.fields[path] ?? "") === value);
  const selects = labels.length > 0 || fields.length > 0;
  return { key, namespace: within, fieldValues: fields, matches: selects ? matches : undefined };
}

function parse(text: string | undefined): [string, string][] {
  if (!text) return [];
  return text.split(",").map((part) => {
    const [name = "", value = ""] = part.split(/==?/);
    return [name.trim(), value.trim()];
  });
}
