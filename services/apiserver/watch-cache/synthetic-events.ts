import { encodeWatchEvent } from "../../../lib/api/splice.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { Slices } from "../slices.ts";
import { type EventFrame, ObjectFrame } from "./cache-event.ts";
import type { CachedObject } from "./cached-object.ts";
import { Delivery } from "./delivery.ts";
import type { ResourceCache } from "./resource-cache.ts";
import { isSelected, type Selection } from "./selection.ts";

/** How many objects come in one message. */
const deliveryFrames = 250;
const initialEventsEnd = "k8s.io/initial-events-end";

/** What a watcher sees that begins with the present state: everything selected, as if it were added now. */
export async function* initialEvents(
  cache: ResourceCache,
  entries: readonly CachedObject[],
  selection: Selection,
  revision: number,
): AsyncGenerator<Delivery, void, undefined> {
  const slices = new Slices();
  let frames: EventFrame[] = [];
  for (const entry of entries) {
    if (slices.isOver()) await slices.breathe();
    if (isSelected(selection, entry, cache.indexOf)) frames.push(new ObjectFrame("ADDED", entry, cache));
    if (frames.length === deliveryFrames) {
      yield new Delivery(frames, revision);
      frames = [];
    }
  }
  if (frames.length > 0) yield new Delivery(frames, revision);
}

/** Tells a watcher that nothing is missing up to `revision`; `endsInitialEvents` marks the end of the present state. */
export function bookmark(info: ResourceInfo, revision: number, endsInitialEvents: boolean): Delivery {
  const annotations = endsInitialEvents ? { annotations: { [initialEventsEnd]: "true" } } : {};
  const metadata = Object.freeze({ ...annotations, resourceVersion: String(revision) });
  const object = Object.freeze({ metadata, apiVersion: info.apiVersion, kind: info.schema.kind });
  const frame: EventFrame = {
    bytes: encodeWatchEvent("BOOKMARK", info.type.encode(object).finish()),
    message: Object.freeze({ type: "BOOKMARK", object }),
    type: "BOOKMARK",
    size: 64,
  };
  return new Delivery([frame], revision);
}
