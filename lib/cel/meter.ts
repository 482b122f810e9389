/** What an evaluation may cost: about one for each step, more for steps that make long texts and lists. */
export interface Budget {
  /** What is left; goes down as evaluations go on. */
  remaining: number;
}

/** An evaluation has used up its budget. */
export class BudgetExceeded extends Error {
  override readonly name = "BudgetExceeded";
}

/** Bytes of text, or elements of a list, that cost as much as one step. */
const charactersPerStep = 16;
const elementsPerStep = 4;

let current: Budget | undefined;

/** Runs an evaluation that pays out of `budget`. @throws BudgetExceeded */
export function withBudget<T>(budget: Budget, run: () => T): T {
  const outer = current;
  current = budget;
  try {
    return run();
  } finally {
    current = outer;
  }
}

/** Whether an expression is being evaluated, and not read or checked. */
export function isEvaluating(): boolean {
  return current !== undefined;
}

/** Pays for one step. @throws BudgetExceeded */
export function spend(steps: number): void {
  if (!current) return;
  current.remaining -= steps;
  if (current.remaining < 0) throw new BudgetExceeded("operation cancelled: actual cost limit exceeded");
}

/** What a value costs for its length. */
export function sizeCost(value: unknown): number {
  if (typeof value === "string") return value.length / charactersPerStep;
  if (Array.isArray(value)) return value.length / elementsPerStep;
  return 0;
}
