import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import { deepEqual } from "../../api/deep.ts";

/** Where a daemon set counts its templates; its pods carry the number as a label. */
const annotation = "deprecated.daemonset.template.generation";

/** A new daemon set begins with 1, unless it brings its count along. */
export function beginTemplateGeneration(object: DaemonSet): void {
  write(object, Math.max(1, read(object)));
}

/** On an update nobody sets the count: a change of the template raises it. */
export function countTemplate(object: DaemonSet, old: DaemonSet): void {
  const isSame = deepEqual(object.spec?.template, old.spec?.template);
  write(object, isSame ? read(old) : read(old) + 1);
}

function read({ metadata }: DaemonSet): number {
  const text = metadata?.annotations?.[annotation] ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function write(object: DaemonSet, generation: number): void {
  object.metadata ??= {};
  object.metadata.annotations = { ...object.metadata.annotations, [annotation]: String(generation) };
}
