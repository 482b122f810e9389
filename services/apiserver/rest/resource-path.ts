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
  if (path.includes("%")) segments.forEach(decodeInPlace);
  if (segments.at(-1) === "") segments.pop();
  const group = start === 3 ? "" : (segments[2] ?? "");
  const version = segments[start - 1] ?? "";
  const isWatch = segments[start] === "watch" && segments.length > start + 1;
  let at = isWatch ? start + 1 : start;
  let namespace: string | undefined;
  if (segments[at] === "namespaces" && segments.length > at + 2 && !partsOfNamespaces.has(segments[at + 2] ?? "")) {
    namespace = segments[at + 1];
    at += 2;
  }
  const plural = segments[at];
  const name = segments[at + 1];
  const subresource = segments[at + 2];
  if (!plural || name === "" || subresource === "") return undefined;
  const rest = segments.length > at + 3 ? segments.slice(at + 3).join("/") : undefined;
  return { group, version, namespace, plural, name, subresource, rest, isWatch };
}

function decodeInPlace(segment: string, index: number, segments: string[]): void {
  segments[index] = decoded(segment);
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new StatusError("BadRequest", `the path segment ${JSON.stringify(segment)} is not encoded correctly`);
  }
}
