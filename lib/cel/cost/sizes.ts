/** How many characters, bytes, elements or entries there may be: 0 for values that are one. */
export interface SizeNode {
  readonly elementsMax: number;
  /** Of an object, by name; undefined where nothing is known. */
  field(name: string): SizeNode | undefined;
  /** Of a list, or the values of a map. */
  readonly element: SizeNode | undefined;
  /** The keys of a map. */
  readonly key: SizeNode | undefined;
}

/** Where nothing is known of the data. */
export const nowhere: SizeNode = { elementsMax: -1, field: () => undefined, element: undefined, key: undefined };

/** From how many to how many. */
export interface Size {
  readonly min: number;
  readonly max: number;
}

/** What costs and sizes do not exceed: as large as Kubernetes can count. */
const countMax = 2 ** 64;

export const unknownSize: Size = { min: 0, max: countMax };

export function fixedSize(count: number): Size {
  return { min: count, max: count };
}

/** The size of either. */
export function either(left: Size, right: Size): Size {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}

export function plus(left: Size, right: Size): Size {
  return { min: bounded(left.min + right.min), max: bounded(left.max + right.max) };
}

export function times(left: Size, right: Size): Size {
  return { min: bounded(left.min * right.min), max: bounded(left.max * right.max) };
}

export function bounded(count: number): number {
  return Math.min(count, countMax);
}

/** What it costs to go through so many, at a price for each. */
export function priced({ max }: Size, price: number): number {
  return bounded(Math.ceil(max * price));
}

/** The size of what stands at a place. */
export function sizeAt({ elementsMax }: SizeNode): Size | undefined {
  return elementsMax < 0 ? undefined : { min: 0, max: elementsMax };
}
