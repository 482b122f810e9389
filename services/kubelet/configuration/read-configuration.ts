import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import { quantityValue } from "../../../lib/base/quantity.ts";
import { checkConfiguration } from "./check-configuration.ts";
import type { KubeletConfiguration, ShutdownGroup } from "./kubelet-configuration.ts";

const apiVersion = "kubelet.config.k8s.io/v1beta1";
const kind = "KubeletConfiguration";

/** A configuration, and the settings of its file that mean nothing here. */
export interface ReadConfiguration {
  configuration: KubeletConfiguration;
  ignored: string[];
}

/** Reads a file with a `KubeletConfiguration`; what it does not set is as in `base`. @throws Error that names the fault */
export function readConfiguration(path: string, base: KubeletConfiguration): ReadConfiguration {
  return parseConfiguration(readFileSync(path, "utf8"), base);
}

/** As above, from its text, in YAML or JSON. */
export function parseConfiguration(text: string, base: KubeletConfiguration): ReadConfiguration {
  const document: unknown = parse(text);
  if (!isRecord(document) || document["apiVersion"] !== apiVersion || document["kind"] !== kind)
    throw new Error(`this is no ${kind} of ${apiVersion}`);
  const configuration = { ...base };
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name === "apiVersion" || name === "kind") continue;
    if (isSetting(name)) set(configuration, name, value);
    else ignored.push(name);
  }
  checkConfiguration(configuration);
  return { configuration, ignored };
}

type Readers = {
  readonly [K in keyof KubeletConfiguration]: (value: unknown, name: string) => KubeletConfiguration[K];
};

const readers: Readers = {
  evictionHard: readTexts,
  evictionSoft: readTexts,
  evictionSoftGracePeriod: readTexts,
  evictionMinimumReclaim: readTexts,
  evictionPressureTransitionPeriod: readDuration,
  evictionMaxPodGracePeriod: readNumber,
  imageGCHighThresholdPercent: readNumber,
  imageGCLowThresholdPercent: readNumber,
  imageMinimumGCAge: readDuration,
  imageMaximumGCAge: readDuration,
  containerLogMaxSize: readText,
  containerLogMaxFiles: readNumber,
  shutdownGracePeriod: readDuration,
  shutdownGracePeriodCriticalPods: readDuration,
  shutdownGracePeriodByPodPriority: readGroups,
  systemReserved: readQuantities,
  kubeReserved: readQuantities,
  maxPods: readNumber,
  staticPodPath: readText,
  allowedUnsafeSysctls: readList,
};

function isSetting(name: string): name is keyof KubeletConfiguration {
  return Object.hasOwn(readers, name);
}

function set<K extends keyof KubeletConfiguration>(configuration: KubeletConfiguration, name: K, value: unknown): void {
  const read: Readers[K] = readers[name];
  configuration[name] = read(value, name);
}

function readDuration(value: unknown, name: string): string {
  if (typeof value !== "string") throw new Error(`${name} must be a duration such as "5m0s"`);
  parseGoDuration(value);
  return value;
}

function readNumber(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isInteger(value)) throw new Error(`${name} must be a whole number`);
  return value;
}

function readText(value: unknown, name: string): string {
  if (typeof value !== "string") throw new Error(`${name} must be a text`);
  return value;
}

function readList(value: unknown, name: string): string[] {
  if (!Array.isArray(value)) throw new Error(`${name} must be a list`);
  return value.map((each) => readText(each, name));
}

function readTexts(value: unknown, name: string): Record<string, string> {
  if (!isRecord(value)) throw new Error(`${name} must be a map`);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}

function readQuantities(value: unknown, name: string): Record<string, string> {
  const quantities = readTexts(value, name);
  for (const text of Object.values(quantities)) quantityValue(text);
  return quantities;
}

function readGroups(value: unknown, name: string): ShutdownGroup[] {
  if (!Array.isArray(value)) throw new Error(`${name} must be a list`);
  return value.map((each: unknown) => {
    const { priority, shutdownGracePeriodSeconds } = isRecord(each) ? each : {};
    if (typeof priority === "number" && typeof shutdownGracePeriodSeconds === "number")
      return { priority, shutdownGracePeriodSeconds };
    throw new Error(`${name} must have priority and shutdownGracePeriodSeconds`);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
