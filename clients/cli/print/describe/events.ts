import type { Event } from "../../../../gen/typernetes/core/v1/event.ts";
import { humanDuration } from "../../../../lib/api/human-duration.ts";
import type { ApiObject, ResourceInfo } from "../../../../lib/api/resource-info.ts";
import type { Context } from "../../context.ts";
import type { DescriptionText } from "./description-text.ts";

/** What happened to an object, the oldest first. */
export async function eventsAbout(
  context: Context,
  info: ResourceInfo,
  { metadata = {} }: ApiObject,
): Promise<Event[]> {
  const { client } = await context.connect();
  const { name, namespace, uid } = metadata;
  const fields = [`involvedObject.name=${name}`, `involvedObject.kind=${info.kind}`];
  if (namespace) fields.push(`involvedObject.namespace=${namespace}`);
  // Events about nodes carry the node's name for a uid.
  if (uid && info.kind !== "Node") fields.push(`involvedObject.uid=${uid}`);
  const where = namespace ? { namespace } : {};
  const { items } = await client.core.v1.events.list({ ...where, fieldSelector: fields.join(","), ...context.call });
  return [...items].sort((left, right) => lastSeen(left) - lastSeen(right));
}

function lastSeen({ series, lastTimestamp, eventTime }: Event): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? "") || 0;
}

/** Adds events as a table. */
export function describeEvents(text: DescriptionText, events: readonly Event[], nowMs: number): void {
  if (events.length === 0) {
    text.field("Events", "<none>");
    return;
  }
  text.line("Events:");
  text.line("Type\tReason\tAge\tFrom\tMessage", 1);
  text.line("----\t------\t----\t----\t-------", 1);
  for (const event of events) {
    const { type = "", reason = "", message = "" } = event;
    text.line([type, reason, ageOf(event, nowMs), sourceOf(event), message.trim()].join("\t"), 1);
  }
}

function ageOf(event: Event, nowMs: number): string {
  const { firstTimestamp, eventTime } = event;
  const first = Date.parse(firstTimestamp ?? eventTime ?? "");
  const count = event.series?.count ?? event.count ?? 1;
  const since = (time: number) => (time ? humanDuration(nowMs - time) : "<unknown>");
  return count > 1 ? `${since(lastSeen(event))} (x${count} over ${since(first)})` : since(first || lastSeen(event));
}

function sourceOf({ source, reportingComponent }: Event): string {
  const component = source?.component || reportingComponent || "";
  return source?.host && !source.component ? source.host : component;
}
