import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { isStaticPod } from "./static-pod.ts";
import type { SubresourceRules } from "./subresource-rules.ts";

const path = "spec.ephemeralContainers";

/** Containers that are added to a running pod: those that are there stay as they are. */
export const ephemeralContainers: SubresourceRules = {
  take(wanted: ApiObject & Pod, old: ApiObject & Pod) {
    const pod = clonePlain(old);
    pod.metadata = { ...pod.metadata, resourceVersion: wanted.metadata?.resourceVersion };
    pod.spec = { ...pod.spec, ephemeralContainers: wanted.spec?.ephemeralContainers };
    return pod;
  },
  validate(pod: ApiObject & Pod, old: ApiObject & Pod, errors) {
    if (isStaticPod(pod)) return errors.forbidden("", "static pods do not support ephemeral containers");
    const byName = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
    for (const before of old.spec?.ephemeralContainers ?? []) {
      const now = byName.get(before.name);
      const what = `existing ephemeral containers ${JSON.stringify(before.name)} may not be`;
      if (!now) errors.forbidden(path, `${what} removed`);
      else if (!deepEqual(now, before)) errors.forbidden(path, `${what} changed`);
    }
  },
};
