import { encodeWatchEvent } from "../../../lib/api/splice.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { breathe } from "../slices.ts";
import { type EventFrame, ObjectFrame } from "./cache-event.ts";
import type { CachedObject } from "./cached-object.ts";
import { Delivery } from "./delivery.ts";
import type { ResourceCache } from "./resource-cache.ts";
import { isSelected, type Selection } from "./selection.ts";

/** Entries that are looked at before other tasks get their turn. */
const sliceEntries = 250;
const initialEventsEnd = "k8s.io/initial-events-end";

/** What a watcher sees that begins with the present state: everything selected, as if it were added now. */
export async function* initialEvents(
  cache: ResourceCache,
  entries: readonly CachedObject[],
  selection: Selection,
  revision: number,
): AsyncGenerator<Delivery, void, undefined> {
  for (let start = 0; start < entries.length; start += sliceEntries) {
    if (start > 0) await breathe();
    const selected = entries
      .slice(start, start + sliceEntries)
      .filter((entry) => isSelected(selection, entry, cache.indexOf));
    const frames = selected.map((entry) => new ObjectFrame("ADDED", entry, cache.decode));
    if (frames.length > 0) yield new Delivery(frames, revision);
  }
}

/** Tells a watcher that nothing is missing up to `revision`; `endsInitialEvents` marks the end of the present state. */
export function bookmark(info: ResourceInfo, revision: number, endsInitialEvents: boolean): Delivery {
  const annotations = endsInitialEvents ? { annotations: { [initialEventsEnd]: "true" } } : {};
  const metadata = Object.freeze({ ...annotations, resourceVersion: String(revision) });
  const object = Object.freeze({ metadata, apiVersion: info.apiVersion, kind: info.schema.kind });
  const frame: EventFrame = {
    bytes: encodeWatchEvent("BOOKMARK", info.type.encode(object).finish()),
    message: Object.freeze({ type: "BOOKMARK", object }),
    size: 64,
  };
  return new Delivery([frame], revision);
}
