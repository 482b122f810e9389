import { sharedJsonFns } from "../../../gen/plain-values.ts";
import { type FieldSet, sortedSet } from "./field-set.ts";

/** The one instance of a set that all who have the same share, frozen and in the order in which it is stored. */
export function sharedSet(set: FieldSet): FieldSet {
  // Its text is kept with it: it is not written anew for each object.
  return sharedJsonFns.decode(sharedJsonFns.encode(sortedSet(set)).finish()) as FieldSet;
}
