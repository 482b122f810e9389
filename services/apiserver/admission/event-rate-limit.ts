import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import { isRecord } from "../../../lib/api/records.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { Lru } from "../../../lib/base/lru.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { TokenBucket } from "../../../lib/base/token-bucket.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

/** Whose events are counted together; answers a key for each. */
const keys = {
  Server: () => "",
  Namespace: ({ namespace = "" }: AdmissionRequest) => namespace,
  User: ({ identity }: AdmissionRequest) => identity.user,
  SourceAndObject: ({ object }: AdmissionRequest) => {
    const { source, involvedObject }: ApiObject & Event = object ?? {};
    const { kind, namespace, name, uid, apiVersion } = involvedObject ?? {};
    return [source?.component, source?.host, kind, namespace, name, uid, apiVersion]
      .map((each) => each ?? "")
      .join("_");
  },
} as const;

type LimitType = keyof typeof keys;

interface Limit {
  readonly type: LimitType;
  readonly perSecond: number;
  readonly burst: number;
  /** How many keys are remembered. */
  readonly cacheSize: number;
}

const defaultCacheSize = 4096;
const noLimits = "limits: Required value";

/** Limits how many events are written in a time, as it is configured to. */
export const eventRateLimit: AdmissionPluginFactory = ({ clock, configuration }) => {
  const told = configuration?.get("EventRateLimit");
  const limiters = told === undefined ? [] : limitsOf(told).map((limit) => limiterOf(limit, clock));
  return {
    name: "EventRateLimit",
    kinds: ["events"],
    begin() {
      if (limiters.length === 0) throw new TypeError(`couldn't init admission plugin "EventRateLimit": ${noLimits}`);
    },
    validate(request) {
      const { operation, subresource, dryRun } = request;
      if (subresource || dryRun) return;
      if (operation !== "CREATE" && operation !== "UPDATE") return;
      // Each counts the event, whatever the others say.
      const faults = limiters.flatMap((limiter) => limiter(request) ?? []);
      if (faults.length === 1) throw new StatusError("TooManyRequests", faults[0] ?? "");
      if (faults.length > 1) throw new StatusError("TooManyRequests", `[${faults.join(", ")}]`);
    },
  };
};

/** Counts an event; answers what is against it. */
type Limiter = (request: AdmissionRequest) => string | undefined;

function limiterOf({ type, perSecond, burst, cacheSize }: Limit, clock: Clock): Limiter {
  const buckets = new Lru<string, TokenBucket>(cacheSize);
  return (request) => {
    const key = keys[type](request);
    const bucket = buckets.get(key) ?? new TokenBucket({ perSecond, burst, clock });
    buckets.set(key, bucket);
    return bucket.tryTake() ? undefined : `limit reached on type ${type} for key ${key}`;
  };
}

/** @throws TypeError for what is no configuration of eventratelimit.admission.k8s.io. */
function limitsOf(configuration: unknown): Limit[] {
  const { apiVersion, kind, limits } = isRecord(configuration) ? configuration : {};
  if (kind !== "Configuration" || !String(apiVersion).startsWith("eventratelimit.admission.k8s.io/")) {
    throw new TypeError("EventRateLimit takes a Configuration of eventratelimit.admission.k8s.io/v1alpha1");
  }
  if (!Array.isArray(limits) || limits.length === 0) throw new TypeError(noLimits);
  return limits.map((limit: unknown, index) => limitOf(isRecord(limit) ? limit : {}, `limits[${index}]`));
}

function limitOf(limit: Record<string, unknown>, path: string): Limit {
  const { type } = limit;
  const known = Object.keys(keys).find((each): each is LimitType => each === type);
  if (!known) throw new TypeError(`${path}.type: ${JSON.stringify(type)} is none of ${Object.keys(keys).join(", ")}`);
  const positive = (name: string, value: unknown) => {
    if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
    throw new TypeError(`${path}.${name}: must be positive`);
  };
  return {
    type: known,
    perSecond: positive("qps", limit["qps"]),
    burst: positive("burst", limit["burst"]),
    cacheSize: limit["cacheSize"] ? positive("cacheSize", limit["cacheSize"]) : defaultCacheSize,
  };
}
