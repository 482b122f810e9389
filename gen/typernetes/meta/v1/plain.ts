// Generated from proto/ by scripts/generate. Do not edit.
import { jsonFns, intOrStringFns, stringListFns } from "../../../plain-values.ts";

export type JSON = unknown;
export const JSON = jsonFns;

export type RawExtension = unknown;
export const RawExtension = jsonFns;

export type FieldsV1 = unknown;
export const FieldsV1 = jsonFns;

export type IntOrString = number | string;
export const IntOrString = intOrStringFns;

export type StringList = string[];
export const StringList = stringListFns;
