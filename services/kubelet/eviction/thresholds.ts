import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import { quantityValue } from "../../../lib/base/quantity.ts";
import type { KubeletConfiguration } from "../configuration/kubelet-configuration.ts";
import { isSignal, type Signal } from "./signals.ts";

/** An amount, or a share of the capacity. */
type Level = { amount: number } | { share: number };

/** Below which level of a signal pods are evicted. */
export interface Threshold {
  signal: Signal;
  level: Level;
  /** So long the signal must have been below; 0 for a hard threshold. */
  graceMs: number;
  /** How far above the level room is made. */
  minimumReclaim: Level | undefined;
}

/** The thresholds that a configuration means, hard ones first. @throws Error that names the faulty setting */
export function thresholdsOf(configuration: KubeletConfiguration): Threshold[] {
  const { evictionHard, evictionSoft, evictionSoftGracePeriod, evictionMinimumReclaim } = configuration;
  const reclaim = readLevels(evictionMinimumReclaim, "evictionMinimumReclaim");
  const minimumOf = (signal: Signal) => reclaim.find(([name]) => name === signal)?.[1];
  const hard = readLevels(evictionHard, "evictionHard").filter(([, level]) => isSet(level));
  const soft = readLevels(evictionSoft, "evictionSoft").filter(([, level]) => isSet(level));
  return [
    ...hard.map(([signal, level]) => ({ signal, level, graceMs: 0, minimumReclaim: minimumOf(signal) })),
    ...soft.map(([signal, level]) => {
      const grace = evictionSoftGracePeriod[signal];
      if (grace === undefined)
        throw new Error(`evictionSoftGracePeriod of ${signal} must be specified for the soft eviction threshold`);
      return { signal, level, graceMs: parseGoDuration(grace), minimumReclaim: minimumOf(signal) };
    }),
  ];
}

/** The amount that a level means where there is so much in all. */
export function amountOf(level: Level, capacity: number): number {
  return "amount" in level ? level.amount : Math.floor(capacity * level.share);
}

function readLevels(levels: Readonly<Record<string, string>>, setting: string): [Signal, Level][] {
  return Object.entries(levels).map(([signal, text]) => {
    if (!isSignal(signal)) throw new Error(`${setting} names an unknown signal: ${signal}`);
    return [signal, readLevel(text, `${setting}[${signal}]`)];
  });
}

function readLevel(text: string, setting: string): Level {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent === undefined) return { amount: quantityValue(text) };
  const share = Number(percent) / 100;
  if (share > 1) throw new Error(`${setting} must be at most 100%: ${text}`);
  return { share };
}

/** A level of nothing switches a threshold off; so does one of everything. */
function isSet(level: Level): boolean {
  return "amount" in level ? level.amount > 0 : level.share > 0 && level.share < 1;
}
