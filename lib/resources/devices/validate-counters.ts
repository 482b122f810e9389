import type {
  Counter,
  CounterSet,
  Device,
  DeviceCounterConsumption,
  ResourceSliceSpec,
} from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDnsLabel } from "../rules.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkLabelName } from "./names.ts";

const countersMax = 32;
const consumedInSliceMax = 1024;

/** Checks the amounts that devices of a slice share, and what each of them draws. */
export function validateCounters(
  { sharedCounters = [], devices = [] }: ResourceSliceSpec,
  path: string,
  errors: FieldErrors,
): void {
  const at = `${path}.sharedCounters`;
  eachWithin(sharedCounters, countersMax, at, errors, (set, where) => {
    checkLabelName(set.name, `${where}.name`, errors);
    validateCounterNames(set.counters, `${where}.counters`, errors);
  });
  checkDistinct(
    sharedCounters.map(({ name = "" }) => name),
    (index) => `${at}[${index}].name`,
    errors,
  );
  const shared = countOf(sharedCounters);
  if (shared > countersMax)
    errors.invalid(at, shared, `the total number of shared counters must not exceed ${countersMax}`);
  const consumed = devices.reduce((sum, { consumesCounters = [] }) => sum + countOf(consumesCounters), 0);
  if (consumed > consumedInSliceMax)
    errors.invalid(
      `${path}.devices`,
      consumed,
      `the total number of counters in devices must not exceed ${consumedInSliceMax}`,
    );
}

/** Checks what a device draws of the amounts in its slice. */
export function validateConsumption(
  { consumesCounters = [] }: Device,
  shared: readonly CounterSet[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const at = `${path}.consumesCounters`;
  eachWithin(consumesCounters, countersMax, at, errors, (consumption, where) => {
    checkLabelName(consumption.counterSet, `${where}.counterSet`, errors);
    validateCounterNames(consumption.counters, `${where}.counters`, errors);
    checkReferences(consumption, shared, where, errors);
  });
  checkDistinct(
    consumesCounters.map(({ counterSet = "" }) => counterSet),
    (index) => `${at}[${index}].counterSet`,
    errors,
  );
}

function checkReferences(
  { counterSet = "", counters = {} }: DeviceCounterConsumption,
  shared: readonly CounterSet[] = [],
  path: string,
  errors: FieldErrors,
): void {
  const set = shared.find(({ name }) => name === counterSet);
  if (!set) {
    if (counterSet)
      errors.invalid(
        `${path}.counterSet`,
        counterSet,
        "must reference a counterSet defined in the ResourceSlice sharedCounters",
      );
    return;
  }
  for (const name of Object.keys(counters))
    if (set.counters?.[name] === undefined)
      errors.invalid(`${path}.counters`, name, "must reference a counter defined in the ResourceSlice sharedCounters");
}

function validateCounterNames(
  counters: Readonly<Record<string, Counter>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const names = Object.keys(counters ?? {});
  if (names.length === 0) errors.required(path);
  for (const name of names) checkDnsLabel(name, path, errors);
}

function countOf(sets: readonly { counters?: Readonly<Record<string, Counter>> | undefined }[]): number {
  return sets.reduce((sum, { counters = {} }) => sum + Object.keys(counters).length, 0);
}
