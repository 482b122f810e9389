import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import type { Event as NewEvent } from "../../../gen/typernetes/events/v1/event.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { eventColumns } from "./columns.ts";
import { validateEvent } from "./validate.ts";

/** How events behave in their newer form; they are stored, checked and printed as those of the core group. */
export const newEvent: Strategy<NewEvent> = {
  schema: schemaOf("events.k8s.io", "v1", "events"),
  validate: (object, errors) => validateEvent(coreEvent(object), errors),
  hasGeneration: false,
  selectableFields: {
    "regarding.kind": (it) => it.regarding?.kind ?? "",
    "regarding.namespace": (it) => it.regarding?.namespace ?? "",
    "regarding.name": (it) => it.regarding?.name ?? "",
    "regarding.uid": (it) => it.regarding?.uid ?? "",
    "regarding.apiVersion": (it) => it.regarding?.apiVersion ?? "",
    "regarding.resourceVersion": (it) => it.regarding?.resourceVersion ?? "",
    "regarding.fieldPath": (it) => it.regarding?.fieldPath ?? "",
    reason: (it) => it.reason ?? "",
    reportingController: (it) => it.reportingController ?? "",
    type: (it) => it.type ?? "",
  },
  columns: eventColumns.map((column) => ({
    ...column,
    cell: (object, nowMs) => column.cell(coreEvent(object), nowMs),
  })),
};

function coreEvent(event: NewEvent): Event {
  return {
    metadata: event.metadata,
    involvedObject: event.regarding,
    reason: event.reason,
    message: event.note,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    type: event.type,
    eventTime: event.eventTime,
    series: event.series,
    action: event.action,
    reportingComponent: event.reportingController,
    reportingInstance: event.reportingInstance,
  };
}
