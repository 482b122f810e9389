import { FieldErrors } from "../../api/field-errors.ts";
import type { ApiObject, Strategy } from "../strategy.ts";

/** What a check reports, a line each: `spec.x: Required value`. */
export function faultsOf(check: (errors: FieldErrors) => void): string[] {
  const errors = new FieldErrors();
  check(errors);
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

/** What a strategy reports of a new object, after its defaults. */
export function createFaults<T extends ApiObject>(strategy: Strategy<T>, object: T): string[] {
  strategy.defaults?.(object);
  strategy.prepareForCreate?.(object);
  return faultsOf((errors) => strategy.validate(object, errors));
}

/** What a strategy reports of the change of `old` to `object`, after the defaults of both. */
export function updateFaults<T extends ApiObject>(strategy: Strategy<T>, object: T, old: T): string[] {
  strategy.defaults?.(object);
  strategy.defaults?.(old);
  strategy.prepareForUpdate?.(object, old);
  return faultsOf((errors) => {
    strategy.validate(object, errors);
    strategy.validateUpdate?.(object, old, errors);
  });
}

/** The cells of an object by column, those of wide tables after a bar. */
export function printed<T>(strategy: Strategy<T & ApiObject>, object: T & ApiObject, nowMs: number): string {
  const cells = (priority: number) =>
    strategy.columns
      .filter((column) => column.priority === priority)
      .map((column) => `${column.name}=${column.cell(object, nowMs)}`)
      .join(" ");
  return `${cells(0)} | ${cells(1)}`;
}
