import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";

const marks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/** The class of claims that name none: the youngest of those marked so, by name when they are of the same age. */
export function defaultClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const marked = classes.filter(({ metadata }) => marks.some((mark) => metadata?.annotations?.[mark] === "true"));
  return marked.sort((left, right) => {
    const age = ageOf(right) - ageOf(left);
    return age !== 0 ? age : (left.metadata?.name ?? "") < (right.metadata?.name ?? "") ? -1 : 1;
  })[0];
}

function ageOf({ metadata }: StorageClass): number {
  return Date.parse(metadata?.creationTimestamp ?? "");
}
