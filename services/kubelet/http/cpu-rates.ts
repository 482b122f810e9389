interface Sample {
  timeMs: number;
  nanos: number;
  nanoCores: number | undefined;
}

/** Two looks must be this far apart for a rate that means something. */
const spanMsMin = 1_000;
const samplesMax = 10_000;

/** How fast processor time is used, between looks. */
export class CpuRates {
  readonly #samples = new Map<string, Sample>();

  /** `usageNanoCores` since the look before; empty at the first one. */
  of(id: string, timeMs: number, nanos: number): { usageNanoCores?: number } {
    const before = this.#samples.get(id);
    const spanMs = timeMs - (before?.timeMs ?? timeMs);
    if (before && spanMs < spanMsMin) return shown(before.nanoCores);
    const nanoCores = before && Math.max(0, Math.round(((nanos - before.nanos) * 1000) / spanMs));
    // Those of containers that are long gone are at the front.
    this.#samples.delete(id);
    this.#samples.set(id, { timeMs, nanos, nanoCores });
    const [oldest] = this.#samples.keys();
    if (this.#samples.size > samplesMax && oldest !== undefined) this.#samples.delete(oldest);
    return shown(nanoCores);
  }
}

function shown(nanoCores: number | undefined): { usageNanoCores?: number } {
  return nanoCores === undefined ? {} : { usageNanoCores: nanoCores };
}
