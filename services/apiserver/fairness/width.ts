import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";

/** How many objects one seat stands for, and the most seats of one request. */
const objectsPerSeat = 100;
const seatsMax = 10;

/** Seats of a request that may look at all objects of a kind: more for more objects. */
export function listWidth(size: number, options: ListOptions | undefined): number {
  const { limit, fieldSelector } = options ?? {};
  if (fieldSelector?.startsWith("metadata.name=")) return 1;
  const objects = limit ? Math.min(limit, size) : size;
  return Math.max(1, Math.min(seatsMax, Math.ceil(objects / objectsPerSeat)));
}
