import type {
  HorizontalPodAutoscaler,
  HPAScalingPolicy,
  HPAScalingRules,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { quantityMilliValue } from "../../../lib/base/quantity.ts";
import type { Tolerances } from "./replica-calculation.ts";

const toleranceDefault = 0.1;
const stabilizationSecondsDefault = { up: 0, down: 300 };
const policiesDefault: Record<Direction, HPAScalingPolicy[]> = {
  up: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
  down: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};
/** Nothing older than this matters to any rule. */
const historyMsMax = 3_600_000;

type Direction = "up" | "down";

interface Scaled {
  atMs: number;
  /** Positive. */
  change: number;
}

/** The replicas to be, and why not what was wished. */
export interface Limited {
  replicas: number;
  /** Of the condition AbleToScale. */
  ability: { reason: string; message: string };
  /** Of the condition ScalingLimited; undefined when nothing was limited. */
  limit: { reason: string; message: string } | undefined;
}

/** What an autoscaler recommended and did lately, and how its behaviour holds it back. */
export class ScalingHistory {
  #recommendations: { atMs: number; replicas: number }[] = [];
  #scaled: Record<Direction, Scaled[]> = { up: [], down: [] };

  /** Remembers a change that was made. */
  scaled(before: number, after: number, nowMs: number): void {
    const direction = after > before ? "up" : "down";
    this.#scaled[direction].push({ atMs: nowMs, change: Math.abs(after - before) });
  }

  /** Remembers what is there at first, so that it is not scaled down before it was watched for long enough. */
  begin(replicas: number, nowMs: number): void {
    if (this.#recommendations.length === 0) this.#recommendations.push({ atMs: nowMs, replicas });
  }

  /** The wish within the bounds of stabilisation, rates and the smallest and largest number. */
  limit(autoscaler: HorizontalPodAutoscaler, current: number, wished: number, nowMs: number): Limited {
    this.#forget(nowMs);
    const stable = this.#stabilized(autoscaler, current, wished, nowMs);
    const ability =
      stable === wished
        ? { reason: "ReadyForNewScale", message: "recommended size matches current size" }
        : stable > wished
          ? {
              reason: "ScaleDownStabilized",
              message:
                "recent recommendations were higher than current one, applying the highest recent recommendation",
            }
          : {
              reason: "ScaleUpStabilized",
              message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
            };
    return { ability, ...this.#bounded(autoscaler, current, stable, nowMs) };
  }

  #stabilized(autoscaler: HorizontalPodAutoscaler, current: number, wished: number, nowMs: number): number {
    const since = (direction: Direction) => {
      const seconds = rulesOf(autoscaler, direction).stabilizationWindowSeconds;
      const cutoff = nowMs - (seconds ?? stabilizationSecondsDefault[direction]) * 1000;
      return this.#recommendations.filter(({ atMs }) => atMs > cutoff).map(({ replicas }) => replicas);
    };
    const lowest = Math.min(wished, ...since("up"));
    const highest = Math.max(wished, ...since("down"));
    this.#recommendations.push({ atMs: nowMs, replicas: wished });
    return Math.min(Math.max(current, lowest), highest);
  }

  #bounded(autoscaler: HorizontalPodAutoscaler, current: number, wished: number, nowMs: number) {
    const { minReplicas = 1, maxReplicas = 1 } = autoscaler.spec ?? {};
    if (wished > current) {
      const rate = Math.max(current, this.#rateLimit(autoscaler, "up", current, nowMs));
      const limit = maxReplicas > rate ? tooFast("ScaleUpLimit", "increasing") : tooMany;
      const most = Math.min(maxReplicas, rate);
      return wished > most ? { replicas: most, limit } : { replicas: wished, limit: undefined };
    }
    if (wished < current) {
      const rate = Math.min(current, this.#rateLimit(autoscaler, "down", current, nowMs));
      const limit = minReplicas < rate ? tooFast("ScaleDownLimit", "decreasing") : tooFew;
      const least = Math.max(minReplicas, rate);
      return wished < least ? { replicas: least, limit } : { replicas: wished, limit: undefined };
    }
    if (wished > maxReplicas) return { replicas: maxReplicas, limit: tooMany };
    return wished < minReplicas ? { replicas: minReplicas, limit: tooFew } : { replicas: wished, limit: undefined };
  }

  /** How far the policies let the number go now. */
  #rateLimit(autoscaler: HorizontalPodAutoscaler, direction: Direction, current: number, nowMs: number): number {
    const { selectPolicy = "Max", policies } = rulesOf(autoscaler, direction);
    if (selectPolicy === "Disabled") return current;
    const sign = direction === "up" ? 1 : -1;
    const limits = (policies ?? policiesDefault[direction]).map(({ type, value = 0, periodSeconds = 0 }) => {
      const cutoff = nowMs - periodSeconds * 1000;
      const start = current - this.#changed("up", cutoff) + this.#changed("down", cutoff);
      if (type === "Pods") return start + sign * value;
      const share = start * (1 + (sign * value) / 100);
      return direction === "up" ? Math.ceil(share) : Math.trunc(share);
    });
    const furthest = (direction === "up") === (selectPolicy === "Max");
    return furthest ? Math.max(...limits) : Math.min(...limits);
  }

  #changed(direction: Direction, cutoffMs: number): number {
    return this.#scaled[direction]
      .filter(({ atMs }) => atMs > cutoffMs)
      .reduce((total, { change }) => total + change, 0);
  }

  #forget(nowMs: number): void {
    const isRecent = ({ atMs }: { atMs: number }) => atMs > nowMs - historyMsMax;
    this.#recommendations = this.#recommendations.filter(isRecent);
    this.#scaled = { up: this.#scaled.up.filter(isRecent), down: this.#scaled.down.filter(isRecent) };
  }
}

/** How much the measured may miss the target. */
export function tolerancesOf(autoscaler: HorizontalPodAutoscaler): Tolerances {
  const of = (direction: Direction) => {
    const { tolerance } = rulesOf(autoscaler, direction);
    return tolerance === undefined ? toleranceDefault : quantityMilliValue(tolerance) / 1000;
  };
  return { up: of("up"), down: of("down") };
}

function rulesOf({ spec }: HorizontalPodAutoscaler, direction: Direction): HPAScalingRules {
  return (direction === "up" ? spec?.behavior?.scaleUp : spec?.behavior?.scaleDown) ?? {};
}

const tooMany = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const tooFew = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};

function tooFast(reason: string, how: string) {
  return { reason, message: `the desired replica count is ${how} faster than the maximum scale rate` };
}
