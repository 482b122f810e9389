import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";

/** @throws StatusError `Invalid` when the options contradict each other. */
export function validateListOptions(options: ListOptions, isWatch: boolean): void {
  const errors = new FieldErrors();
  const match = options.resourceVersionMatch;
  if (isWatch) checkInitialEvents(options, errors);
  if (match) {
    if (isWatch && options.sendInitialEvents === undefined) {
      errors.forbidden(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      );
    }
    if (!isWatch) checkMatch(options, match, errors);
  } else if (!isWatch && options.sendInitialEvents !== undefined) {
    errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
  }
  if ((options.limit ?? 0) < 0) errors.invalid("limit", options.limit, "must be greater than or equal to 0");
  const error = errors.toError({ group: "meta.k8s.io", kind: "ListOptions", name: "" });
  if (error) throw error;
}

function checkInitialEvents(options: ListOptions, errors: FieldErrors): void {
  if (options.sendInitialEvents === undefined) return;
  const match = options.resourceVersionMatch;
  if (!match) {
    errors.forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  } else if (match !== "NotOlderThan") errors.notSupported("resourceVersionMatch", match, ["NotOlderThan"]);
}

function checkMatch(options: ListOptions, match: string, errors: FieldErrors): void {
  if (!options.resourceVersion) {
    errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
  }
  if (options.continue)
    errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
  if (match !== "Exact" && match !== "NotOlderThan") {
    errors.notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan"]);
  }
  if (match === "Exact" && options.resourceVersion === "0") {
    errors.forbidden("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}
