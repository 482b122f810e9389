import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { withDeadline } from "./deadline.ts";
import { clientOf, type Found } from "./objects.ts";
import { watchChanges } from "./watch.ts";

/** Waits until each object is gone, or another has its name. @throws CliError after `timeoutMs`, never when that is 0. */
export async function waitUntilGone(context: Context, found: readonly Found[], timeoutMs: number): Promise<void> {
  await withDeadline(
    context,
    timeoutMs,
    async (signal) => {
      for (const one of found) await untilGone(context, one, signal);
    },
    () => new CliError(`timed out waiting for the condition on ${subjects(found)}`),
  );
}

function subjects(found: readonly Found[]): string {
  return found.map(({ info, object }) => `${info.plural}/${object.metadata?.name}`).join(", ");
}

async function untilGone(context: Context, { info, object }: Found, signal: AbortSignal): Promise<void> {
  const { name = "", namespace, uid } = object.metadata ?? {};
  const client = await clientOf(context, info);
  for (;;) {
    try {
      const now = await client.get(name, { ...(namespace ? { namespace } : {}), signal });
      if (now.metadata?.uid !== uid) return;
      const where = { name, ...(namespace ? { namespace } : {}), signal };
      for await (const { type, object: changed } of watchChanges(
        context,
        info,
        where,
        now.metadata?.resourceVersion ?? "",
      ))
        if (type === "DELETED" && changed.metadata?.uid === uid) return;
    } catch (error) {
      if (isStatusError(error, "NotFound")) return;
      if (!isStatusError(error, "Expired", "Gone")) throw error;
    }
  }
}
