import type { FieldValidation } from "../../../lib/api/decode.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { badRequest } from "../errors.ts";
import type { ObjectForm } from "../object-form.ts";

/** What an object that was patched is to be read as. */
export interface Expected {
  readonly form: ObjectForm;
  readonly apiVersion: string;
  readonly kind: string;
}

/** The object that a patch made. @throws StatusError `Invalid` when it is no object of the kind. */
export function readPatched(expected: Expected, patched: unknown, validation: FieldValidation): ApiObject {
  try {
    const { object } = expected.form.decode(patched, validation);
    refuseOtherKind(expected, object);
    return object;
  } catch (error) {
    throw isStatusError(error, "BadRequest") ? unreadable(patched, error.message) : error;
  }
}

function refuseOtherKind({ apiVersion, kind }: Expected, object: ApiObject): void {
  if ((object.apiVersion || apiVersion) === apiVersion && (object.kind || kind) === kind) return;
  const found = `${object.kind || kind} of ${object.apiVersion || apiVersion}`;
  throw badRequest(`no ${kind} of ${apiVersion}, but a ${found}`);
}

function unreadable(patched: unknown, message: string): unknown {
  const errors = new FieldErrors();
  const fault = message.replace(/^.*? cannot be handled as an? \S+: /, "");
  errors.invalid("patch", JSON.stringify(inOrder(patched)), fault);
  return errors.toError({ group: "", kind: "", name: "" });
}

/** As Kubernetes tells of it: by the names of its members. */
function inOrder(patched: unknown): unknown {
  return isRecord(patched) ? Object.fromEntries(Object.entries(patched).sort(([a], [b]) => (a < b ? -1 : 1))) : patched;
}
