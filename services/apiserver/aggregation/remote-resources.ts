/** A kind of another server, in the form of aggregated discovery. */
export interface RemoteResource {
  readonly resource: string;
  readonly responseKind: ResponseKind;
  readonly scope: "Namespaced" | "Cluster";
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly RemoteSubresource[];
}

interface ResponseKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface RemoteSubresource {
  readonly subresource: string;
  readonly responseKind: ResponseKind;
  readonly verbs: readonly string[];
}

interface Entry {
  name?: unknown;
  singularName?: unknown;
  namespaced?: unknown;
  group?: unknown;
  version?: unknown;
  kind?: unknown;
  verbs?: unknown;
  shortNames?: unknown;
  categories?: unknown;
}

/** What another server's `APIResourceList` says; undefined when it is none. What is malformed in it is left out. */
export function remoteResources(list: unknown, group: string, version: string): RemoteResource[] | undefined {
  const { resources } = (isRecord(list) ? list : {}) as { resources?: unknown };
  if (!Array.isArray(resources)) return undefined;
  const entries = resources.filter((entry): entry is Entry => isRecord(entry));
  const kindOf = (entry: Entry) => ({
    group: textOf(entry.group) || group,
    version: textOf(entry.version) || version,
    kind: textOf(entry.kind),
  });
  return entries
    .filter(({ name }) => textOf(name) !== "" && !textOf(name).includes("/"))
    .map((entry) => {
      const resource = textOf(entry.name);
      const subresources = entries
        .filter(({ name }) => textOf(name).startsWith(`${resource}/`))
        .map((part) => ({
          subresource: textOf(part.name).slice(resource.length + 1),
          responseKind: kindOf(part),
          verbs: textsOf(part.verbs),
        }));
      const [shortNames, categories] = [textsOf(entry.shortNames), textsOf(entry.categories)];
      return {
        resource,
        responseKind: kindOf(entry),
        scope: entry.namespaced === true ? "Namespaced" : "Cluster",
        singularResource: textOf(entry.singularName),
        verbs: textsOf(entry.verbs),
        ...(shortNames.length > 0 && { shortNames }),
        ...(categories.length > 0 && { categories }),
        ...(subresources.length > 0 && { subresources }),
      };
    });
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
