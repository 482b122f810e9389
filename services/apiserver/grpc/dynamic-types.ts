import type { ResourceReference } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { compareVersions } from "../../../lib/api/resource-info.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { badRequest } from "../errors.ts";
import type { ServedResource, ServedResources } from "../served-resources.ts";

/** The kind that a reference names, in its preferred version unless it names one. @throws StatusError `NotFound` */
export function findType(served: ServedResources, reference: ResourceReference | undefined): ServedResource {
  const { group = "", version, resource, kind } = reference ?? {};
  if (!resource && !kind) throw badRequest("the request names neither a resource nor a kind");
  const fitting = served
    .all()
    .filter(
      ({ schema }) =>
        schema.group === group &&
        (!version || schema.version === version) &&
        (resource ? schema.plural === resource : schema.kind === kind),
    );
  const [preferred] = fitting.sort((a, b) => compareVersions(a.schema.version, b.schema.version));
  if (preferred) return preferred;
  throw unserved(group, resource || kind || "");
}

/** Nobody serves the kind. */
function unserved(group: string, kind: string): StatusError {
  return new StatusError("NotFound", "the server could not find the requested resource", { group, kind });
}
