import { StatusError } from "../../base/status-error.ts";
import { places } from "./field-set.ts";
import type { FieldManager } from "./owners.ts";
import type { OwnershipConflict } from "./ownership.ts";
import { pathText } from "./path-element.ts";

/** The answer to an application that would take fields from others, in Kubernetes' words. */
export function conflictError(conflicts: readonly OwnershipConflict[]): StatusError {
  const found = [...conflicts]
    .map(({ owner, fields }) => ({ by: describe(owner), fields: [...places(fields)].map(pathText) }))
    .sort((one, other) => (one.by < other.by ? -1 : 1));
  const causes = found.flatMap(({ by, fields }) =>
    fields.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${by}`, field })),
  );
  const [first] = causes;
  const message =
    first && causes.length === 1
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${found.map(listing).join("\n")}`;
  return new StatusError("Conflict", message, { causes });
}

function listing({ by, fields }: { by: string; fields: readonly string[] }): string {
  return [`conflicts with ${by}:`, ...fields.map((field) => `- ${field}`)].join("\n");
}

/** `"kubectl-edit" with subresource "status" using apps/v1`; the version of appliers is not told. */
function describe({ manager, operation, apiVersion, subresource }: FieldManager): string {
  const through = subresource ? ` with subresource ${JSON.stringify(subresource)}` : "";
  const using = operation === "Update" ? ` using ${apiVersion}` : "";
  return `${JSON.stringify(manager)}${through}${using}`;
}
