import type { NodeStats, PodStats, ResourceUsage, StatsResponse } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import type { Clock } from "../../../lib/base/clock.ts";

/** A sample that is younger serves again. */
const freshMsMax = 1_000;
/** How long two samples are apart where there is none to compare with. */
const pauseMs = 1_000;
/** What is used is averaged over at least this, where there are samples, and at most over the other. */
const windowMsMin = 10_000;
const windowMsMax = 60_000;
const samplesMax = 16;

interface Sample {
  takenAtMs: number;
  stats: StatsResponse;
}

/** What something used on average up to `timeMs`. */
export interface Usage {
  cpuNanoCores: number;
  memoryBytes: number;
  timeMs: number;
  windowMs: number;
}

/** What a node's pods used between two samples. */
export interface MeasuredNode {
  node: Usage | undefined;
  pods: { pod: PodStats; containers: { name: string; usage: Usage }[] }[];
}

/** Asks a node what it uses when somebody wants to know, and remembers the answers for a while to compare with. */
export class UsageSamples {
  readonly #clock: Clock;
  readonly #ask: (signal: AbortSignal) => Promise<StatsResponse>;
  #samples: Sample[] = [];
  #asking: Promise<Sample> | undefined;

  constructor(clock: Clock, ask: (signal: AbortSignal) => Promise<StatsResponse>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** @throws whatever asking the node throws */
  async measure(signal: AbortSignal): Promise<MeasuredNode> {
    let last = await this.#latest(signal);
    let first = this.#comparable(last);
    if (!first) {
      first = last;
      await this.#clock.sleep(pauseMs, signal);
      last = await this.#latest(signal, first);
    }
    return compare(first.stats, last.stats);
  }

  /** Another one than `known`: a timer may end a part of a millisecond early. */
  async #latest(signal: AbortSignal, known?: Sample): Promise<Sample> {
    const last = this.#samples.at(-1);
    if (last && last !== known && this.#clock.monotonic() - last.takenAtMs < freshMsMax) return last;
    this.#asking ??= this.#take(signal).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #take(signal: AbortSignal): Promise<Sample> {
    const stats = await this.#ask(signal);
    const takenAtMs = this.#clock.monotonic();
    this.#samples = this.#samples.filter((sample) => takenAtMs - sample.takenAtMs <= windowMsMax);
    const sample = { takenAtMs, stats };
    this.#samples = [...this.#samples, sample].slice(-samplesMax);
    return sample;
  }

  /** The youngest sample that is old enough, else the oldest. */
  #comparable(last: Sample): Sample | undefined {
    const before = this.#samples.filter(({ takenAtMs }) => last.takenAtMs - takenAtMs >= pauseMs);
    return before.filter(({ takenAtMs }) => last.takenAtMs - takenAtMs >= windowMsMin).at(-1) ?? before[0];
  }
}

function compare(first: StatsResponse, last: StatsResponse): MeasuredNode {
  const before = new Map((first.pods ?? []).map((pod) => [pod.uid, pod]));
  const pods = (last.pods ?? []).map((pod) => ({ pod, containers: comparePod(before.get(pod.uid), pod) }));
  return { node: compareNode(first.node, last.node, pods), pods };
}

function comparePod(
  before: PodStats | undefined,
  { containers = [] }: PodStats,
): MeasuredNode["pods"][number]["containers"] {
  const known = new Map((before?.containers ?? []).map((container) => [container.name, container.usage]));
  return containers.flatMap(({ name = "", usage }) => {
    const measured = compareUsage(known.get(name), usage);
    return measured ? [{ name, usage: measured }] : [];
  });
}

/** Containers that ended in between must not make the node's use negative: then it is that of those which run. */
function compareNode(
  first: NodeStats | undefined,
  last: NodeStats | undefined,
  pods: MeasuredNode["pods"],
): Usage | undefined {
  const whole = compareUsage(first?.usage, last?.usage);
  if (whole || !last?.usage) return whole;
  const usages = pods.flatMap(({ containers }) => containers.map(({ usage }) => usage));
  const cpuNanoCores = usages.reduce((sum, usage) => sum + usage.cpuNanoCores, 0);
  const timeMs = Date.parse(last.usage.time ?? "");
  return { cpuNanoCores, memoryBytes: memoryOf(last.usage), timeMs, windowMs: usages[0]?.windowMs ?? 0 };
}

/** Undefined when there is nothing to compare with, or it began anew in between. */
function compareUsage(first: ResourceUsage | undefined, last: ResourceUsage | undefined): Usage | undefined {
  if (!first || !last) return undefined;
  const timeMs = Date.parse(last.time ?? "");
  const windowMs = timeMs - Date.parse(first.time ?? "");
  const nanoSeconds = (last.cpuUsageNanoSeconds ?? 0) - (first.cpuUsageNanoSeconds ?? 0);
  if (!(windowMs > 0) || nanoSeconds < 0) return undefined;
  return { cpuNanoCores: Math.round((nanoSeconds * 1000) / windowMs), memoryBytes: memoryOf(last), timeMs, windowMs };
}

function memoryOf({ memoryWorkingSetBytes = 0 }: ResourceUsage): number {
  return memoryWorkingSetBytes;
}
