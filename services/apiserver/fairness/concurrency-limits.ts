import type { PriorityLevelConfigurationSpec } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";

/** How many seats a priority level has. */
export interface Limits {
  readonly nominal: number;
  /** What it keeps, whatever others want. */
  readonly min: number;
  /** What it can have when others need theirs less. */
  readonly max: number;
}

/** The limits of all levels, of which the shares are parts of `total`. */
export function limitsOf(
  levels: ReadonlyMap<string, PriorityLevelConfigurationSpec>,
  total: number,
): Map<string, Limits> {
  let shares = 0;
  for (const spec of levels.values()) shares += sharesOf(spec);
  const limits = new Map<string, Limits>();
  for (const [name, spec] of levels) {
    const nominal = Math.ceil((total * sharesOf(spec)) / Math.max(shares, 1));
    const { limited, exempt } = spec;
    const lendable = Math.round((nominal * ((limited ?? exempt)?.lendablePercent ?? 0)) / 100);
    const borrowing = limited?.borrowingLimitPercent;
    const max = borrowing === undefined ? total : nominal + Math.round((nominal * borrowing) / 100);
    limits.set(name, { nominal, min: nominal - lendable, max: Math.max(nominal, Math.min(max, total)) });
  }
  return limits;
}

function sharesOf({ limited, exempt }: PriorityLevelConfigurationSpec): number {
  return (limited ?? exempt)?.nominalConcurrencyShares ?? 0;
}

/** A level and the most seats that it wanted of late. */
export interface Demand {
  readonly limits: Limits;
  readonly wanted: number;
}

/** How many seats each level has until the next look: those who want more get what others lend, by their shares. */
export function allocate(demands: readonly Demand[], total: number): number[] {
  const seats = demands.map(({ limits, wanted }) => Math.max(limits.min, Math.min(limits.nominal, wanted)));
  share(demands.map(({ limits, wanted }, index) => Math.min(limits.max, wanted) - seats[index]!));
  // What nobody wants now is whose it is, as far as it goes.
  share(demands.map(({ limits }, index) => limits.nominal - seats[index]!));
  return seats;

  function share(more: readonly number[]): void {
    let left = total - seats.reduce((sum, each) => sum + each, 0);
    let open = more.flatMap((each, index) => (each > 0 ? [index] : []));
    const given = more.map(() => 0);
    while (left > 0 && open.length > 0) {
      const shares = open.reduce((sum, index) => sum + Math.max(1, demands[index]!.limits.nominal), 0);
      let spent = 0;
      for (const index of open) {
        const part = Math.max(1, Math.floor((left * Math.max(1, demands[index]!.limits.nominal)) / shares));
        const gift = Math.min(part, more[index]! - given[index]!, left - spent);
        given[index]! += gift;
        seats[index]! += gift;
        spent += gift;
      }
      left -= spent;
      if (spent === 0) return;
      open = open.filter((index) => given[index]! < more[index]!);
    }
  }
}
