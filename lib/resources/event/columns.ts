import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import { age, countColumn, nameColumn, textColumn } from "../columns.ts";
import type { Column } from "../strategy.ts";

/** What is printed of an event; its name, which says nothing, comes last. */
export const eventColumns: readonly Column<Event>[] = [
  textColumn("Last Seen", "How long ago it happened last.", (it, nowMs) => age(lastSeen(it), nowMs)),
  textColumn("Type", "Whether it is normal or a warning.", (it) => it.type ?? ""),
  textColumn("Reason", "What happened, in a word.", (it) => it.reason ?? ""),
  textColumn("Object", "What it happened to.", subject),
  textColumn("Subobject", "Which part of the object it happened to.", (it) => it.involvedObject?.fieldPath ?? "", 1),
  textColumn("Source", "Who reports it, and from where.", shownSource, 1),
  textColumn("Message", "What happened, in a sentence.", (it) => (it.message ?? "").trim()),
  textColumn("First Seen", "How long ago it happened first.", (it, nowMs) => age(firstSeen(it), nowMs), 1),
  countColumn("Count", "How often it happened.", (it) => it.series?.count ?? (it.count || 1), 1),
  { ...nameColumn, priority: 1 },
];

/** Who reports an event. */
export function eventSource(event: Event): string {
  return event.source?.component || event.reportingComponent || "";
}

function firstSeen(event: Event): string | undefined {
  return event.firstTimestamp || event.eventTime;
}

function lastSeen(event: Event): string | undefined {
  if (event.series) return event.series.lastObservedTime;
  return event.lastTimestamp || firstSeen(event);
}

function subject({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? "").toLowerCase();
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function shownSource(event: Event): string {
  const place = event.source?.component ? event.source.host : event.source?.host || event.reportingInstance;
  return place ? `${eventSource(event)}, ${place}` : eventSource(event);
}
