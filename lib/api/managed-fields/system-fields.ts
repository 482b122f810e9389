import { difference, type FieldSet } from "./field-set.ts";

const here: FieldSet = {};
const systemFields: FieldSet = {
  "f:apiVersion": here,
  "f:kind": here,
  "f:metadata": {
    ".": here,
    "f:clusterName": here,
    "f:creationTimestamp": here,
    "f:generation": here,
    "f:managedFields": here,
    "f:name": here,
    "f:namespace": here,
    "f:resourceVersion": here,
    "f:selfLink": here,
    "f:uid": here,
  },
};

/** The set without the fields that nobody may own, as the server sets them or they say which object this is. */
export function withoutSystemFields(set: FieldSet): FieldSet {
  return difference(set, systemFields);
}
