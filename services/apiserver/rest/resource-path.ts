import { StatusError } from "../../../lib/base/status-error.ts";

/** What a path of the API names: a kind, perhaps an object of it, perhaps a part of that. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string | undefined;
  readonly plural: string;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  /** What stands behind the subresource, without a slash before it: the path that a proxy asks for. */
  readonly rest?: string | undefined;
  /** The old way to ask for a watch: `/api/v1/watch/…`. */
  readonly isWatch: boolean;
}

/** Parts of a namespace that are no kinds within it. */
const partsOfNamespaces = new Set(["status", "finalize"]);

/**
 * Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined for other paths, and for those that name no kind.
 * @throws StatusError BadRequest when a segment is not encoded as it has to be.
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = path.split("/");
  const start = segments[1] === "api" ? 3 : segments[1] === "apis" ? 4 : 0;
  if (start === 0 || segments.length <= start) return undefined;
  const parts = segments.slice(start).map(decoded);
  if (parts.at(-1) === "") parts.pop();
  const isWatch = parts[0] === "watch" && parts.length > 1;
  if (isWatch) parts.shift();
  const place = start === 3 ? { group: "", version: segments[2] ?? "" } : groupOf(segments);
  if (parts[0] === "namespaces" && parts.length > 2 && !partsOfNamespaces.has(parts[2] ?? "")) {
    const [, namespace, ...kind] = parts;
    return pathOf({ ...place, namespace, isWatch }, kind);
  }
  return pathOf({ ...place, isWatch }, parts);
}

function groupOf(segments: readonly string[]): { group: string; version: string } {
  return { group: decoded(segments[2] ?? ""), version: decoded(segments[3] ?? "") };
}

function pathOf(
  place: Pick<ResourcePath, "group" | "version" | "namespace" | "isWatch">,
  parts: readonly string[],
): ResourcePath | undefined {
  const [plural, name, subresource, ...rest] = parts;
  if (!plural || name === "" || subresource === "") return undefined;
  return { ...place, plural, name, subresource, rest: rest.length > 0 ? rest.join("/") : undefined };
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new StatusError("BadRequest", `the path segment ${JSON.stringify(segment)} is not encoded correctly`);
  }
}
