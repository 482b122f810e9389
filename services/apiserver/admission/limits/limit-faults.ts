import type { LimitRangeItem } from "../../../../gen/typernetes/core/v1/limit_range.ts";
import { Quantity } from "../../../../lib/base/quantity.ts";
import type { ResourceAmounts } from "../../../../lib/resources/pod/pod-requests.ts";

type Amounts = ReadonlyMap<string, Quantity>;

/** Amounts as objects write them. */
export function amountsOfTexts(texts: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(Object.entries(texts ?? {}).map(([name, text]) => [name, Quantity.parse(text)]));
}

/** Amounts as pods add up to. */
export function amountsOfSums(amounts: ResourceAmounts): Amounts {
  return new Map(
    Object.entries(amounts).map(([name, amount]) => [
      name,
      name === "cpu" ? Quantity.ofMilli(Math.round(amount)) : Quantity.of(Math.round(amount), "BinarySI"),
    ]),
  );
}

/** What of a container or pod is outside of the limits, in Kubernetes' words. */
export function limitFaults(item: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  const { type = "" } = item;
  return [
    ...each(item.min, (name, min) => tooLittle(type, name, min, requests.get(name), limits.get(name))),
    ...each(item.max, (name, max) => tooMuch(type, name, max, requests.get(name), limits.get(name))),
    ...each(item.maxLimitRequestRatio, (name, ratio) =>
      tooFar(type, name, ratio, requests.get(name), limits.get(name)),
    ),
  ];
}

/** What of a claim is outside of the limits. */
export function storageFaults(item: LimitRangeItem, requests: Amounts): string[] {
  const { type = "" } = item;
  return [
    ...each(item.min, (name, min) => tooLittle(type, name, min, requests.get(name), undefined)),
    ...each(item.max, (name, max) => {
      const request = requests.get(name);
      const limit = `maximum ${name} usage per ${type} is ${max}`;
      if (!request) return `${limit}.  No request is specified`;
      return request.compare(max) > 0 ? `${limit}, but request is ${request}` : undefined;
    }),
  ];
}

function each(
  amounts: Readonly<Record<string, string>> | undefined,
  check: (name: string, amount: Quantity) => string | undefined,
): string[] {
  return Object.entries(amounts ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, text]) => check(name, Quantity.parse(text)) ?? []);
}

function tooLittle(
  type: string,
  name: string,
  min: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const rule = `minimum ${name} usage per ${type} is ${min}`;
  if (!request) return `${rule}.  No request is specified`;
  if (request.compare(min) < 0) return `${rule}, but request is ${request}`;
  return limit && limit.compare(min) < 0 ? `${rule}, but limit is ${limit}` : undefined;
}

function tooMuch(
  type: string,
  name: string,
  max: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const rule = `maximum ${name} usage per ${type} is ${max}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (limit.compare(max) > 0) return `${rule}, but limit is ${limit}`;
  return request && request.compare(max) > 0 ? `${rule}, but request is ${request}` : undefined;
}

function tooFar(
  type: string,
  name: string,
  max: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const rule = `${name} max limit to request ratio per ${type} is ${max}`;
  if (!request || request.isZero()) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.isZero()) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = limit.toNumber() / request.toNumber();
  return ratio > max.toNumber() ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
