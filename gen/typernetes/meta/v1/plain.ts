// Generated from proto/ by scripts/generate. Do not edit.
import { type JsonValue, jsonFns, intOrStringFns, stringListFns } from "../../../plain-values.ts";

export type JSON = JsonValue;
export const JSON = jsonFns;

export type RawExtension = JsonValue;
export const RawExtension = jsonFns;

export type FieldsV1 = JsonValue;
export const FieldsV1 = jsonFns;

export type IntOrString = number | string;
export const IntOrString = intOrStringFns;

export type StringList = string[];
export const StringList = stringListFns;
