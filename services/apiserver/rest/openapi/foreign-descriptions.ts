import { deepEqual } from "../../../../lib/api/deep.ts";
import type { JsonRecord } from "../../../../lib/api/records.ts";
import { RemoteDescription } from "../../aggregation/remote-description.ts";

/**
 * Descriptions of other servers, so that they can stand in one document with ours: what we describe, too, is left out, and
 * what is called as something else is called otherwise.
 */
export function besideOurs(
  descriptions: readonly RemoteDescription[],
  ours: (name: string) => JsonRecord | undefined,
): RemoteDescription[] {
  const taken = new Map<string, JsonRecord>();
  return descriptions.map((description) => {
    const names = new Map<string, string>();
    const theirs = new Map<string, JsonRecord>();
    for (const [name, definition] of description.definitions) {
      const free = freeName(name, definition, (other) => taken.get(other) ?? ours(other));
      if (free !== name) names.set(name, free);
      if (ours(free)) continue;
      taken.set(free, definition);
      theirs.set(name, definition);
    }
    return new RemoteDescription(description.paths, theirs).renamed(names);
  });
}

/** The name, with a number behind it as long as that is something else's. */
function freeName(name: string, definition: JsonRecord, known: (name: string) => JsonRecord | undefined): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}_v${number}`;
    const other = known(candidate);
    if (!other || deepEqual(other, definition)) return candidate;
  }
}
