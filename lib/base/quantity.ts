/** How a quantity is written: `1k`, `1Ki` or `1e3`. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

const syntax = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const syntaxMessage = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** Longest decimal exponent that is read; beyond it no machine has the resource and the digits only cost time. */
const maxExponent = 400;
const nanoPerUnit = 1_000_000_000n;
const maxBinary = (1n << 63n) - 1n;

/** What was read lately: many objects ask for the same. */
const recent = new Map<string, Quantity>();
const recentMax = 1000;
const recentLengthMax = 24;

/** An amount of a resource, exact to a billionth (finer amounts are rounded up), in Kubernetes' notation. Immutable. */
export class Quantity {
  /** The amount in billionths. */
  readonly nano: bigint;
  readonly format: QuantityFormat;

  constructor(nano: bigint, format: QuantityFormat = "DecimalSI") {
    this.nano = nano;
    this.format = format;
  }

  /** Reads `500m`, `1.5Gi`, `1e3`, … @throws QuantityError in Kubernetes' words. */
  static parse(text: string): Quantity {
    const known = recent.get(text);
    if (known) return known;
    const quantity = Quantity.#read(text);
    if (recent.size >= recentMax) recent.clear();
    if (text.length <= recentLengthMax) recent.set(text, quantity);
    return quantity;
  }

  static #read(text: string): Quantity {
    const match = text === "" ? null : syntax.exec(text);
    if (!match) throw new QuantityError(syntaxMessage);
    const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
    const { base, exponent, format } = readSuffix(suffix);
    const digits = BigInt(whole + fraction || "0");
    if (digits === 0n) return new Quantity(0n, format);
    const factor = base === 2 ? nanoPerUnit << BigInt(exponent) : nanoPerUnit;
    const shift = (base === 10 ? exponent : 0) - fraction.length;
    const nano = scaleUp(digits * factor, shift);
    return bounded(sign === "-" ? -nano : nano, format);
  }

  /** A whole number of units. */
  static of(units: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(units) * nanoPerUnit, format);
  }

  /** A whole number of thousandths. */
  static ofMilli(milli: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(milli) * 1_000_000n, format);
  }

  /** The sum; written as this quantity is, or as the other when this is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.nano === 0n ? other.format : this.format);
  }

  /** The difference; written as this quantity is, or as the other when this is zero. */
  subtract(other: Quantity): Quantity {
    return new Quantity(this.nano - other.nano, this.nano === 0n ? other.format : this.format);
  }

  negate(): Quantity {
    return new Quantity(-this.nano, this.format);
  }

  /** Negative, zero or positive: this is less than, equal to or more than `other`. */
  compare(other: Quantity): -1 | 0 | 1 {
    return this.nano < other.nano ? -1 : this.nano > other.nano ? 1 : 0;
  }

  equals(other: Quantity): boolean {
    return this.nano === other.nano;
  }

  isZero(): boolean {
    return this.nano === 0n;
  }

  sign(): -1 | 0 | 1 {
    return this.nano < 0n ? -1 : this.nano > 0n ? 1 : 0;
  }

  /** The amount as a floating point number, as near as there is one. */
  toNumber(): number {
    const units = this.nano / nanoPerUnit;
    return Number(units) + Number(this.nano - units * nanoPerUnit) / 1e9;
  }

  /** Whole units, a broken one rounded away from zero. */
  value(): number {
    return Number(divideAway(this.nano, nanoPerUnit));
  }

  /** Thousandths, a broken one rounded away from zero. */
  milliValue(): number {
    return Number(divideAway(this.nano, 1_000_000n));
  }

  /** The canonical form: no fraction, the largest suffix that loses nothing. */
  toString(): string {
    if (this.nano === 0n) return "0";
    const magnitude = this.nano < 0n ? -this.nano : this.nano;
    if (this.format === "BinarySI" && magnitude >= 1024n * nanoPerUnit && magnitude % nanoPerUnit === 0n)
      return binaryText(this.nano / nanoPerUnit);
    return decimalText(this.nano, this.format === "DecimalExponent");
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Why a text is no quantity. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = Object.hasOwn(decimalExponents, suffix) ? decimalExponents[suffix] : undefined;
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: "BinarySI" };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) throw new QuantityError("unable to parse quantity's suffix");
  const exponent = Number(suffix.slice(1));
  if (exponent > maxExponent) throw new QuantityError("unable to parse numeric part of quantity");
  return { base: 10, exponent: Math.max(exponent, -maxExponent), format: "DecimalExponent" };
}

/** `amount` times ten to the power of `shift`, rounded up. */
function scaleUp(amount: bigint, shift: number): bigint {
  return shift >= 0 ? amount * 10n ** BigInt(shift) : divideAway(amount, 10n ** BigInt(-shift));
}

function divideAway(amount: bigint, divisor: bigint): bigint {
  const quotient = amount / divisor;
  if (quotient * divisor === amount) return quotient;
  return amount < 0n ? quotient - 1n : quotient + 1n;
}

/** Binary amounts end at 2^63-1; those below one unit are written decimally, lest they be rounded. */
function bounded(nano: bigint, format: QuantityFormat): Quantity {
  if (format !== "BinarySI") return new Quantity(nano, format);
  const magnitude = nano < 0n ? -nano : nano;
  if (magnitude < nanoPerUnit) return new Quantity(nano, "DecimalSI");
  if (magnitude <= maxBinary * nanoPerUnit) return new Quantity(nano, format);
  return new Quantity((nano < 0n ? -maxBinary : maxBinary) * nanoPerUnit, format);
}

function binaryText(units: bigint): string {
  let step = 0;
  let rest = units;
  while (step < binarySuffixes.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    step++;
  }
  return `${rest}${binarySuffixes[step]}`;
}

function decimalText(nano: bigint, asExponent: boolean): string {
  let rest = nano;
  let step = 0;
  const last = asExponent ? Number.POSITIVE_INFINITY : decimalSuffixes.length - 1;
  while (step < last && rest % 1000n === 0n) {
    rest /= 1000n;
    step++;
  }
  if (!asExponent) return `${rest}${decimalSuffixes[step]}`;
  const exponent = step * 3 - 9;
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}

/**
 * The text that Kubernetes writes after reading a quantity: the canonical form, except that a text which looks canonical
 * to it (`1.500`, `+1`, `1E3`) stays as it is. @throws QuantityError
 */
export function canonicalQuantity(text: string): string {
  if (isPlainlyCanonical(text)) return text;
  const quantity = Quantity.parse(text);
  return passesForCanonical(text) ? text : quantity.toString();
}

/** Most digits of an amount that Kubernetes reads without big numbers, by binary suffix. */
const shortDigitsMax: Readonly<Record<string, number>> = { Ki: 11, Mi: 8, Gi: 5, Ti: 2 };

function passesForCanonical(text: string): boolean {
  const [, , whole = "", fraction = "", suffix = ""] = syntax.exec(text) ?? [];
  const digits = whole.replace(/^0+/, "") || "0";
  const { base, exponent } = readSuffix(suffix);
  if (base === 2) return fraction === "" && digits.length <= (shortDigitsMax[suffix] ?? 0) && Number(digits) % 8 !== 0;
  const shifted = digits + fraction;
  const scale = exponent - fraction.length;
  return shifted.length <= 18 && scale >= -9 && scale % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0");
}

/** Whether the everyday forms `2`, `500m` and `128Mi` show at a glance that they are canonical. */
function isPlainlyCanonical(text: string): boolean {
  const digits = leadingDigits(text);
  if (digits === 0 || digits > 15 || (text.charCodeAt(0) === 48 && text.length > 1)) return false;
  const suffix = text.slice(digits);
  if (suffix === "" || suffix === "m") return text.charCodeAt(0) !== 48 ? !endsInThousand(text, digits) : true;
  if (suffix === "Ki" || suffix === "Mi" || suffix === "Gi") return digits < 4 && text.charCodeAt(0) !== 48;
  return false;
}

function leadingDigits(text: string): number {
  let count = 0;
  while (count < text.length && isDigit(text.charCodeAt(count))) count++;
  return count;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function endsInThousand(text: string, digits: number): boolean {
  return digits > 3 && text.slice(digits - 3, digits) === "000";
}

const wholeFactors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** The whole units of a quantity's text, rounded up: bytes of memory, numbers of pods. @throws QuantityError */
export function quantityValue(text: string): number {
  return scaledFast(text, 1) ?? Quantity.parse(text).value();
}

/** The thousandths of a quantity's text, rounded up: millicores. @throws QuantityError */
export function quantityMilliValue(text: string): number {
  return scaledFast(text, 1000) ?? Quantity.parse(text).milliValue();
}

/** The amount times `scale` where plain numbers hold it exactly. */
function scaledFast(text: string, scale: 1 | 1000): number | undefined {
  const digits = leadingDigits(text);
  if (digits === 0 || digits > 15) return undefined;
  const number = Number(text.slice(0, digits));
  const suffix = text.slice(digits);
  if (suffix === "m") return scale === 1000 ? number : Math.ceil(number / 1000);
  const factor = wholeFactors[suffix];
  if (typeof factor !== "number") return undefined;
  const result = number * factor * scale;
  return Number.isSafeInteger(result) ? result : undefined;
}

/** Order of two quantities' texts by amount. @throws QuantityError */
export function compareQuantities(left: string, right: string): -1 | 0 | 1 {
  return left === right ? 0 : Quantity.parse(left).compare(Quantity.parse(right));
}
