// Generated from proto/ by scripts/generate. Do not edit.
import { jsonFns, sharedJsonFns, intOrStringFns, stringListFns } from "../../../plain-values.ts";

export type JSON = unknown;
export const JSON = jsonFns;

export type RawExtension = unknown;
export const RawExtension = jsonFns;

export type FieldsV1 = unknown;
export const FieldsV1 = sharedJsonFns;

export type IntOrString = number | string;
export const IntOrString = intOrStringFns;

export type StringList = string[];
export const StringList = stringListFns;
