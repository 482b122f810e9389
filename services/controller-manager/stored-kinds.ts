import { type ResourceInfo, resourceInfos } from "../../lib/api/resource-info.ts";

/** Every kind whose objects are stored, each once: in its group's preferred version, events in the core group. */
export const storedKinds: readonly ResourceInfo[] = resourceInfos.filter((info, index) => {
  const stored =
    ["list", "watch", "delete"].every((verb) => info.verbs.includes(verb)) && info.group !== "events.k8s.io";
  const first =
    resourceInfos.findIndex((other) => other.group === info.group && other.plural === info.plural) === index;
  return stored && first;
});
