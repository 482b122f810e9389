import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import type { Event as NewEvent } from "../../../gen/typernetes/events/v1/event.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { contractForm } from "../object-form.ts";
import type { View } from "./view.ts";

/** Events of `events.k8s.io/v1`: the same as those of `v1`, under other names. */
export const eventsView: View = {
  form: contractForm("events.v1.Event"),
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  fieldLabels: {
    "regarding.kind": "involvedObject.kind",
    "regarding.namespace": "involvedObject.namespace",
    "regarding.name": "involvedObject.name",
    "regarding.uid": "involvedObject.uid",
    "regarding.apiVersion": "involvedObject.apiVersion",
    "regarding.resourceVersion": "involvedObject.resourceVersion",
    "regarding.fieldPath": "involvedObject.fieldPath",
    reportingController: "reportingComponent",
  },
  show(stored: ApiObject & Event): ApiObject & NewEvent {
    const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, ...same } =
      stored;
    return {
      ...same,
      ...(involvedObject && { regarding: involvedObject }),
      ...(message !== undefined && { note: message }),
      ...(source && { deprecatedSource: source }),
      ...(firstTimestamp !== undefined && { deprecatedFirstTimestamp: firstTimestamp }),
      ...(lastTimestamp !== undefined && { deprecatedLastTimestamp: lastTimestamp }),
      ...(count !== undefined && { deprecatedCount: count }),
      ...(reportingComponent !== undefined && { reportingController: reportingComponent }),
    };
  },
  read(shown: ApiObject & NewEvent, isNew: boolean): ApiObject & Event {
    if (isNew) validateNew(shown);
    const { regarding, note, reportingController, ...rest } = shown;
    const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, ...same } = rest;
    return {
      ...same,
      ...(regarding && { involvedObject: regarding }),
      ...(note !== undefined && { message: note }),
      ...(deprecatedSource && { source: deprecatedSource }),
      ...(deprecatedFirstTimestamp !== undefined && { firstTimestamp: deprecatedFirstTimestamp }),
      ...(deprecatedLastTimestamp !== undefined && { lastTimestamp: deprecatedLastTimestamp }),
      ...(deprecatedCount !== undefined && { count: deprecatedCount }),
      ...(reportingController !== undefined && { reportingComponent: reportingController }),
    };
  },
};

const deprecated = [
  "deprecatedSource",
  "deprecatedFirstTimestamp",
  "deprecatedLastTimestamp",
  "deprecatedCount",
] as const;

/** Events made in this form say when they happened in the new way alone. */
function validateNew(event: ApiObject & NewEvent): void {
  const errors = new FieldErrors();
  if (!event.eventTime) errors.required("eventTime");
  if (event.type !== "Normal" && event.type !== "Warning")
    errors.invalid("type", event.type ?? "", "has invalid value");
  for (const field of deprecated) if (isSet(event[field])) errors.invalid(field, event[field], "needs to be unset");
  const error = errors.toError({ group: "events.k8s.io", kind: "Event", name: event.metadata?.name ?? "" });
  if (error) throw error;
}

/** Clients that always write a struct write an empty one. */
function isSet(value: object | string | number | undefined): boolean {
  return typeof value === "object" ? Object.values(value).some(Boolean) : Boolean(value);
}
