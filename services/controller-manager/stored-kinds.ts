import type { ServedKind } from "../../gen/typernetes/dynamic/v1/dynamic.ts";
import { type ResourceInfo, resourceInfos } from "../../lib/api/resource-info.ts";
import { preferredKinds } from "../../lib/client/served-kinds.ts";

/** What is to be known of a kind whose objects are stored. */
export type StoredKind = Pick<
  ResourceInfo,
  "group" | "version" | "apiVersion" | "kind" | "plural" | "namespaced" | "verbs"
>;

const neededVerbs = ["list", "watch", "delete"];

/** Every kind of the contracts whose objects are stored, each once: in its group's preferred version, events in the core group. */
export const storedKinds: readonly StoredKind[] = resourceInfos.filter((info, index) => {
  const stored = neededVerbs.every((verb) => info.verbs.includes(verb)) && info.group !== "events.k8s.io";
  const first =
    resourceInfos.findIndex((other) => other.group === info.group && other.plural === info.plural) === index;
  return stored && first;
});

/** The custom kinds among those, each once. */
export function storedCustomKinds(served: readonly ServedKind[]): StoredKind[] {
  return preferredKinds(served).map(
    ({ group = "", version = "", kind = "", plural = "", namespaced = false, verbs = [] }) => ({
      ...{ group, version, apiVersion: `${group}/${version}`, kind, plural, namespaced, verbs },
    }),
  );
}
