import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { watch } from "../verbs/watch.ts";

const restartMs = 200;

/** Calls `changed` with every object of a kind, and again with each that changes or goes, until the signal. */
export async function followKind(
  core: Core,
  info: ResourceInfo,
  signal: AbortSignal,
  changed: (object: ApiObject) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { value } of watch(core, info, {}, { ...itself, signal }))
        for (const { object } of value.events) changed(object);
    } catch (error) {
      if (!signal.aborted) core.logger.warn({ err: error, kind: info.groupResource }, "a kind cannot be followed");
    }
    await core.clock.sleep(restartMs, signal).catch(() => {});
  }
}
