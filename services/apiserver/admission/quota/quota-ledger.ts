import type { ResourceQuota } from "../../../../gen/typernetes/core/v1/resource_quota.ts";
import { clonePlain } from "../../../../lib/base/plain-data.ts";
import { Quantity } from "../../../../lib/base/quantity.ts";
import { isStatusError } from "../../../../lib/base/status-error.ts";
import type { QuotaAmounts } from "../../../../lib/resources/resource-quota/usage.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { Change, ObjectPath, ObjectStore } from "../../registry/object-store.ts";
import { storeKey } from "../../resource-info.ts";

/** How many requests are charged in one write. */
const batchMax = 500;

/** What a request wants of a quota, and how it went. */
interface Charge {
  readonly amounts: QuotaAmounts;
  readonly isTrial: boolean;
  refusal: string | undefined;
  readonly settle: (error?: unknown) => void;
}

/**
 * Charges requests to quotas. What is used stands in a quota's status and changes by compare-and-swap, so that no two
 * requests get the same rest; those that come together share a write.
 */
export class QuotaLedger {
  readonly #objects: ObjectStore;
  readonly #waiting = new Map<string, Charge[]>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** Charges amounts to a quota; answers what is against it, and has charged nothing then. A trial never charges. */
  charge(path: ObjectPath, amounts: QuotaAmounts, isTrial = false): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const charge: Charge = {
        amounts,
        isTrial,
        refusal: undefined,
        settle: (error) => (error === undefined ? resolve(charge.refusal) : reject(error)),
      };
      const key = storeKey(path.info, path.namespace, path.name);
      const waiting = this.#waiting.get(key);
      if (waiting) waiting.push(charge);
      else {
        this.#waiting.set(key, [charge]);
        void this.#work(key, path);
      }
    });
  }

  async #work(key: string, path: ObjectPath): Promise<void> {
    const waiting = this.#waiting.get(key) ?? [];
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax);
      let fault: unknown;
      try {
        await this.#objects.change(path, ({ object }) => chargeAll(object, batch));
      } catch (error) {
        // A quota that is gone limits nothing.
        if (!isStatusError(error, "NotFound")) fault = error;
      }
      for (const charge of batch) charge.settle(fault);
    }
    this.#waiting.delete(key);
  }
}

function chargeAll(current: ApiObject & ResourceQuota, batch: readonly Charge[]): Change {
  const hard = amountsOf(current.status?.hard);
  const used = amountsOf(current.status?.used);
  let isChanged = false;
  for (const charge of batch) {
    charge.refusal = refusalOf(current.metadata?.name ?? "", charge.amounts, used, hard);
    if (charge.refusal !== undefined || charge.isTrial) continue;
    for (const [name, amount] of charge.amounts) used.set(name, (used.get(name) ?? zero).add(amount));
    isChanged = true;
  }
  if (!isChanged) return { keep: true };
  const object: ApiObject & ResourceQuota = clonePlain(current);
  const texts = [...used].map(([name, amount]) => [name, amount.toString()]);
  object.status = { ...object.status, used: Object.fromEntries(texts) };
  return { write: object };
}

const zero = Quantity.of(0);

function amountsOf(texts: Readonly<Record<string, string>> | undefined): Map<string, Quantity> {
  return new Map(Object.entries(texts ?? {}).map(([name, text]) => [name, Quantity.parse(text)]));
}

function refusalOf(quota: string, wanted: QuotaAmounts, used: QuotaAmounts, hard: QuotaAmounts): string | undefined {
  const exceeded = [...wanted.keys()].filter((name) => {
    const [amount = zero, before = zero, limit] = [wanted.get(name), used.get(name), hard.get(name)];
    return limit && amount.sign() > 0 && before.add(amount).compare(limit) > 0;
  });
  if (exceeded.length === 0) return undefined;
  const shown = (amounts: QuotaAmounts) =>
    exceeded
      .sort()
      .map((name) => `${name}=${amounts.get(name) ?? zero}`)
      .join(",");
  return `exceeded quota: ${quota}, requested: ${shown(wanted)}, used: ${shown(used)}, limited: ${shown(hard)}`;
}
