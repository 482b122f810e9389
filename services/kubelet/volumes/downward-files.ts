import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { DownwardAPIVolumeFile } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { fieldValue } from "../env/field-reference.ts";
import { resourceValue, type WholeNode } from "../env/resource-reference.ts";
import type { ProjectedFile } from "./project-files.ts";

/** The pod's own fields as files. @throws ConfigError for what is no field. */
export function downwardFiles(
  pod: Pod,
  whole: WholeNode,
  items: readonly DownwardAPIVolumeFile[] = [],
  mode = 0o644,
): ProjectedFile[] {
  return items.map((item) => ({
    path: item.path ?? "",
    content: Buffer.from(textOf(pod, whole, item)),
    mode: item.mode ?? mode,
  }));
}

function textOf(pod: Pod, whole: WholeNode, { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): string {
  if (resourceFieldRef) return resourceValue(pod, "", resourceFieldRef, whole);
  const path = fieldRef?.fieldPath ?? "";
  if (path === "metadata.labels") return lines(pod.metadata?.labels);
  if (path === "metadata.annotations") return lines(pod.metadata?.annotations);
  return fieldValue(pod, path, { podIPs: [], hostIP: "" });
}

/** One `key="value"` per line, sorted by key. */
function lines(map: Record<string, string> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${quote(map[key] ?? "")}`)
    .join("\n");
}

const shortEscapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** As Go quotes a string. */
function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
  const escaped = text.replace(/[\x00-\x1f\x7f"\\]/g, (char) => {
    return shortEscapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
