import type { CustomResourceSubresourceScale } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isRecord, type JsonRecord } from "../../api/records.ts";
import type { ApiObject, Strategy } from "../strategy.ts";

/** Where a custom kind keeps the numbers of its scale. */
export function customScale(scale: CustomResourceSubresourceScale): NonNullable<Strategy["scale"]> {
  const wanted = segments(scale.specReplicasPath);
  const seen = segments(scale.statusReplicasPath);
  const selector = segments(scale.labelSelectorPath);
  return {
    replicas: (object) => numberAt(object, wanted),
    setReplicas: (object, replicas) => setAt(object, wanted, replicas),
    statusReplicas: (object) => numberAt(object, seen),
    selector(object) {
      const value = selector.length > 0 ? valueAt(object, selector) : undefined;
      return typeof value === "string" ? value : "";
    },
  };
}

/** `.spec.replicas` as its member names. */
function segments(path: string | undefined): string[] {
  return (path ?? "").split(".").filter((segment) => segment !== "");
}

function valueAt(object: ApiObject, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    object,
  );
}

function numberAt(object: ApiObject, path: readonly string[]): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

function setAt(object: ApiObject, path: readonly string[], replicas: number): void {
  let place = object as JsonRecord;
  for (const name of path.slice(0, -1)) {
    const next = isRecord(place[name]) ? place[name] : {};
    place[name] = next;
    place = next;
  }
  const last = path.at(-1);
  if (last !== undefined) place[last] = replicas;
}
