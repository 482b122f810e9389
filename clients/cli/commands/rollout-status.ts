import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { duration, integer, toggle } from "../flags.ts";
import { withDeadline } from "../request/deadline.ts";
import { clientOf, withKind } from "../request/objects.ts";
import { watchChanges } from "../request/watch.ts";
import { asRolling } from "../request/workloads.ts";
import { rolloutStatus } from "../rollout/rollout-status.ts";
import { findSubjects, type Subject, subjectFlags } from "../rollout/subjects.ts";

export const command = defineCommand({
  usage: "(TYPE NAME | TYPE/NAME)",
  summary: "Show the status of the rollout",
  examples: ["typectl rollout status deployment/web --timeout=60s"],
  flags: {
    ...subjectFlags,
    watch: toggle("-w, --watch", "Watch the rollout until it is done", true),
    revision: integer("--revision <number>", "Show the status of this revision; 0 is the last", 0),
    timeout: duration("--timeout <time>", "How long to watch; 0: until it is done", 0),
  },
  async run({ context, flags, args }) {
    for (const subject of await findSubjects(context, "status", args, flags)) {
      await withDeadline(
        context,
        flags.timeout,
        (signal) => follow(context, subject, { ...flags, signal }),
        () => new CliError("timed out waiting for the condition"),
      );
    }
  },
});

interface Settings {
  readonly watch: boolean;
  readonly revision: number;
  readonly signal: AbortSignal;
}

async function follow(context: Context, { info, object }: Subject, settings: Settings): Promise<void> {
  const { name = "", namespace } = object.metadata ?? {};
  const where = { name, ...(namespace ? { namespace } : {}), signal: settings.signal };
  let last = "";
  const tell = async (now: ApiObject) => {
    const rolling = asRolling(info, now);
    if (!rolling) return true;
    const { message, isDone } = rolloutStatus(rolling, settings.revision);
    if (message !== last) await context.print(message);
    last = message;
    return isDone;
  };
  let now = object;
  for (;;) {
    if ((await tell(now)) || !settings.watch) return;
    try {
      for await (const { type, object: changed } of watchChanges(
        context,
        info,
        where,
        now.metadata?.resourceVersion ?? "",
      )) {
        if (type === "DELETED") throw new CliError("object has been deleted");
        if (await tell(changed)) return;
      }
    } catch (error) {
      if (!isStatusError(error, "Expired", "Gone")) throw error;
      const client = await clientOf(context, info);
      now = withKind(info, await client.get(name, where));
    }
  }
}
