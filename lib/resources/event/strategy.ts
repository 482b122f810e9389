import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import { pathSegmentName } from "../../api/names.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { eventColumns, eventSource } from "./columns.ts";
import { validateEvent } from "./validate.ts";

const lifetimeSeconds = 3600;

/** How events behave. */
export const event: Strategy<Event> = {
  schema: schemaOf("", "v1", "events"),
  nameRule: pathSegmentName,
  validate: validateEvent,
  hasGeneration: false,
  ttlSeconds: lifetimeSeconds,
  selectableFields: {
    "involvedObject.kind": (it) => it.involvedObject?.kind ?? "",
    "involvedObject.namespace": (it) => it.involvedObject?.namespace ?? "",
    "involvedObject.name": (it) => it.involvedObject?.name ?? "",
    "involvedObject.uid": (it) => it.involvedObject?.uid ?? "",
    "involvedObject.apiVersion": (it) => it.involvedObject?.apiVersion ?? "",
    "involvedObject.resourceVersion": (it) => it.involvedObject?.resourceVersion ?? "",
    "involvedObject.fieldPath": (it) => it.involvedObject?.fieldPath ?? "",
    reason: (it) => it.reason ?? "",
    reportingComponent: (it) => it.reportingComponent ?? "",
    source: eventSource,
    type: (it) => it.type ?? "",
  },
  columns: eventColumns,
};
