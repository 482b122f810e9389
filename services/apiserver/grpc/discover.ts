import type { DiscoverRequest, DiscoverResponse, ServedKind } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import type { CallContext } from "../../../lib/grpc/router.ts";
import { authorise } from "../auth/authorise.ts";
import type { Core } from "../core.ts";
import type { ServedResource, ServedResources } from "../served-resources.ts";

/** Tells which kinds are served; with `watch` again after each change, until the caller goes. */
export async function* discover(
  core: Core,
  served: ServedResources,
  request: DiscoverRequest,
  { identity, signal }: CallContext,
): AsyncGenerator<DiscoverResponse> {
  await authorise(core, identity, { verb: "get", path: "/apis" });
  let wake = () => {};
  let isChanged = false;
  const note = () => {
    isChanged = true;
    wake();
  };
  const leave = served.onChange(note);
  signal.addEventListener("abort", note, { once: true });
  try {
    do {
      isChanged = false;
      yield { kinds: kindsOf(served, request) };
      // Changes of one moment are told together, and each after what was told before has been taken.
      if (request.watch && !isChanged) await new Promise<void>((resolve) => (wake = resolve));
    } while (request.watch && !signal.aborted);
  } finally {
    leave();
    signal.removeEventListener("abort", note);
  }
}

function kindsOf(served: ServedResources, { withSchemas = false, customOnly = false }: DiscoverRequest): ServedKind[] {
  return served
    .all()
    .filter((resource) => !customOnly || resource.isCustom)
    .map((resource) => kindOf(resource, withSchemas));
}

function kindOf({ schema, definition, isCustom = false }: ServedResource, withSchema: boolean): ServedKind {
  const { message: _, shortNames, categories, verbs, subresources, selectableFields, ...names } = schema;
  const lists = { shortNames, categories, verbs, subresources, selectableFields };
  const copies = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, [...list]]));
  const columns = definition?.additionalPrinterColumns;
  const description = withSchema ? definition?.schema?.openAPIV3Schema : undefined;
  return {
    ...names,
    ...copies,
    custom: isCustom,
    ...(columns && { columns }),
    ...(description && { schema: description }),
  };
}
