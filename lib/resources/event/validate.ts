import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkQualifiedName } from "../rules.ts";

const charactersMax = 128;
const messageCharactersMax = 1024;

/** Checks an event; one with `eventTime` says who reports it. */
export function validateEvent(event: Event, errors: FieldErrors): void {
  validateNamespace(event, errors);
  if (!event.eventTime) return;
  const reporter = event.reportingComponent ?? "";
  if (!reporter) errors.required("reportingController");
  checkQualifiedName(reporter, "reportingController", errors);
  checkText(event.reportingInstance, "reportingInstance", errors);
  checkText(event.action, "action", errors);
  checkText(event.reason, "reason", errors);
  if ((event.message ?? "").length > messageCharactersMax)
    errors.invalid("message", "", `can have at most ${messageCharactersMax} characters`);
}

function checkText(value: string | undefined, path: string, errors: FieldErrors): void {
  if (!value) errors.required(path);
  else if (value.length > charactersMax) errors.invalid(path, "", `can have at most ${charactersMax} characters`);
}

/** An event is where its object is; of an object without namespace it is in `default`, or in `kube-system`. */
function validateNamespace(event: Event, errors: FieldErrors): void {
  const own = event.metadata?.namespace ?? "";
  const subject = event.involvedObject?.namespace ?? "";
  const isElsewhere = event.eventTime
    ? subject === "" && own !== "default" && own !== "kube-system"
    : subject === ""
      ? own !== "" && own !== "default"
      : own !== subject;
  if (isElsewhere) errors.invalid("involvedObject.namespace", subject, "does not match event.namespace");
}
