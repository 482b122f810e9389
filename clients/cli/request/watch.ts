import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { WatchEvent } from "../../../lib/client/resource-client.ts";
import type { Context } from "../context.ts";
import { clientOf, listOptions, namespaceFor, type Selection, withKind } from "./objects.ts";

export interface WatchSelection extends Selection {
  /** Only the object of this name. */
  readonly name?: string | undefined;
  /** Where the object is, when that is not the namespace of the command. */
  readonly namespace?: string;
  readonly signal?: AbortSignal;
}

const attemptsMax = 10;

/**
 * The changes of what is selected after a version. Goes on where it was when the server ends a stream or is away for a while;
 * throws what the server says otherwise, `Expired` when it no longer knows the version.
 */
export async function* watchChanges(
  context: Context,
  info: ResourceInfo,
  selection: WatchSelection,
  resourceVersion: string,
): AsyncGenerator<WatchEvent<ApiObject>> {
  const client = await clientOf(context, info);
  const options = {
    ...(selection.namespace
      ? { namespace: selection.namespace }
      : await namespaceFor(context, info, selection.allNamespaces)),
    ...listOptions(withName(selection)),
    signal: selection.signal ?? context.io.signal,
    allowWatchBookmarks: true,
  };
  let version = resourceVersion;
  for (let failures = 0; ; ) {
    try {
      for await (const events of client.watch({ ...options, resourceVersion: version })) {
        for (const { type, object } of events) {
          failures = 0;
          version = object.metadata?.resourceVersion ?? version;
          if (type !== "BOOKMARK") yield { type, object: withKind(info, object) };
        }
      }
    } catch (error) {
      if (!isStatusError(error, "ServiceUnavailable") || failures >= attemptsMax) throw error;
    }
    await context.io.clock.sleep(backoffDelay(failures++, { initialMs: 50, maxMs: 2_000 }), options.signal);
  }
}

function withName({ name, ...selection }: WatchSelection): Selection {
  if (!name) return selection;
  const fields = [selection.fieldSelector, `metadata.name=${name}`].filter(Boolean);
  return { ...selection, fieldSelector: fields.join(",") };
}
