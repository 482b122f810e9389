import type { Environment } from "@marcbachmann/cel-js";
import { Quantity } from "../../base/quantity.ts";

const unit = 1_000_000_000n;

/** `quantity(…)`, amounts of resources. */
export function registerQuantities(environment: Environment): void {
  environment
    .registerType("Quantity", Quantity)
    .registerFunction("quantity(string): Quantity", (text: string) => Quantity.parse(text))
    .registerFunction("isQuantity(string): bool", isQuantity)
    .registerOperator("Quantity == Quantity", (left: Quantity, right: Quantity) => left.equals(right))
    .registerFunction("Quantity.sign(): int", (it: Quantity) => BigInt(it.sign()))
    .registerFunction("Quantity.isInteger(): bool", (it: Quantity) => it.nano % unit === 0n)
    .registerFunction("Quantity.asInteger(): int", (it: Quantity) => {
      if (it.nano % unit !== 0n) throw new RangeError("cannot convert value to integer");
      return it.nano / unit;
    })
    .registerFunction("Quantity.asApproximateFloat(): double", (it: Quantity) => Number(it.nano) / Number(unit))
    .registerFunction("Quantity.add(Quantity): Quantity", (it: Quantity, other: Quantity) => it.add(other))
    .registerFunction("Quantity.add(int): Quantity", (it: Quantity, other: bigint) => it.add(Quantity.of(other)))
    .registerFunction("Quantity.sub(Quantity): Quantity", (it: Quantity, other: Quantity) => it.subtract(other))
    .registerFunction("Quantity.sub(int): Quantity", (it: Quantity, other: bigint) => it.subtract(Quantity.of(other)))
    .registerFunction("Quantity.isLessThan(Quantity): bool", (it: Quantity, other: Quantity) => it.compare(other) < 0)
    .registerFunction(
      "Quantity.isGreaterThan(Quantity): bool",
      (it: Quantity, other: Quantity) => it.compare(other) > 0,
    )
    .registerFunction("Quantity.compareTo(Quantity): int", (it: Quantity, other: Quantity) =>
      BigInt(it.compare(other)),
    );
}

function isQuantity(text: string): boolean {
  try {
    Quantity.parse(text);
    return true;
  } catch {
    return false;
  }
}
