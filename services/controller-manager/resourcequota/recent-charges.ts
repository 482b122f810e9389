import type { Clock } from "../../../lib/base/clock.ts";
import { Quantity } from "../../../lib/base/quantity.ts";
import type { QuotaAmounts } from "../../../lib/resources/resource-quota/usage.ts";

interface Charge {
  atMs: number;
  left: Map<string, Quantity>;
}

const zero = Quantity.of(0);

/** What quotas have been charged with a moment ago for what is not there yet: its request is still on its way. */
export class RecentCharges {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** By the quota's key, the oldest first. */
  readonly #charges = new Map<string, Charge[]>();

  /** After `keptMs` what was charged for has come to be, or never will. */
  constructor(clock: Clock, keptMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  charged(quota: string, amounts: QuotaAmounts): void {
    const left = new Map([...amounts].filter(([, amount]) => amount.sign() > 0));
    if (left.size > 0) this.#charges.set(quota, [...this.#recent(quota), { atMs: this.#clock.monotonic(), left }]);
  }

  /** Something is there that uses so much. */
  cameToBe(quota: string, amounts: QuotaAmounts): void {
    const charges = this.#recent(quota);
    for (const [name, amount] of amounts) {
      let rest = amount;
      for (const { left } of charges) {
        const before = left.get(name) ?? zero;
        const part = rest.compare(before) < 0 ? rest : before;
        if (part.sign() <= 0) continue;
        left.set(name, before.subtract(part));
        rest = rest.subtract(part);
      }
    }
  }

  /** Of each resource, how much has been charged for what is not there yet. */
  pending(quota: string): QuotaAmounts {
    const sum = new Map<string, Quantity>();
    for (const { left } of this.#recent(quota))
      for (const [name, amount] of left) sum.set(name, (sum.get(name) ?? zero).add(amount));
    return sum;
  }

  forget(quota: string): void {
    this.#charges.delete(quota);
  }

  #recent(quota: string): Charge[] {
    const sinceMs = this.#clock.monotonic() - this.#keptMs;
    const recent = (this.#charges.get(quota) ?? []).filter(({ atMs }) => atMs > sinceMs);
    if (recent.length > 0) this.#charges.set(quota, recent);
    else this.#charges.delete(quota);
    return recent;
  }
}
