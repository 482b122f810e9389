import { type Pod, PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { type AttachWords, attachTo } from "./attach-session.ts";

/** How a pod that was just made is attached to. */
interface RunWords extends AttachWords {
  readonly restart: string;
  readonly rm: boolean;
  readonly expose: boolean;
  readonly leaveStdinOpen: boolean;
  readonly podRunningTimeout: number;
}

const pollMs = 200;

/** Attaches to a pod when it runs, stays to its end, and deletes it where that is asked for; answers its exit code. */
export async function runAttached(context: Context, name: string, words: RunWords): Promise<number> {
  try {
    await attachOrPrint(context, name, words);
    if (words.leaveStdinOpen || words.restart === "Always") return 0;
    return exitCodeOf(await untilPod(context, name, isOver, words.podRunningTimeout));
  } finally {
    if (words.rm) await remove(context, name, words);
  }
}

/** What a pod printed that ended before anyone could attach is in its log. */
async function attachOrPrint(context: Context, name: string, words: RunWords): Promise<void> {
  const pod = await untilPod(
    context,
    name,
    (it) => isOver(it) || it.status?.phase === "Running",
    words.podRunningTimeout,
  );
  const container = pod.spec?.containers?.[0]?.name ?? "";
  if (isOver(pod)) return printLog(context, pod, container);
  try {
    await attachTo(context, pod, container, words);
  } catch (error) {
    if (!isStatusError(error)) throw error;
    await context.note(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${error.message}`);
    await printLog(context, pod, container);
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

async function printLog(context: Context, { metadata = {} }: Pod, container: string): Promise<void> {
  const { client } = await context.connect();
  const { name = "", namespace = "" } = metadata;
  const request = { namespace, name, options: { container, follow: true } };
  const { signal } = context.io;
  for await (const { chunk } of client.stream(PodServiceDefinition, "log", request, { signal }))
    if (chunk?.length) await context.io.stdout.write(chunk);
}

async function untilPod(context: Context, name: string, isSo: (pod: Pod) => boolean, timeoutMs: number): Promise<Pod> {
  const { client, namespace } = await context.connect();
  const { clock, signal } = context.io;
  const until = clock.monotonic() + timeoutMs;
  for (;;) {
    const pod = await client.core.v1.pods.get(name, { namespace, ...context.call });
    if (isSo(pod)) return pod;
    if (clock.monotonic() > until) throw new CliError("timed out waiting for the condition");
    await clock.sleep(pollMs, signal);
  }
}

function exitCodeOf({ metadata = {}, status = {} }: Pod): number {
  if (status.phase === "Succeeded") return 0;
  const where = `pod ${metadata.namespace}/${metadata.name}`;
  const { exitCode = 0, reason = "", message = "" } = status.containerStatuses?.[0]?.state?.terminated ?? {};
  if (exitCode === 0) throw new CliError(`${where} failed with unknown exit code`);
  if (!message) throw new CliError(`${where} terminated (${reason})`, { exitCode });
  throw new CliError(`${where} terminated (${reason})\n${message}`, { exitCode });
}

async function remove(context: Context, name: string, words: RunWords): Promise<void> {
  const { client, namespace } = await context.connect();
  const { pods, services } = client.core.v1;
  for (const [kind, one] of [["pod", pods], ...(words.expose ? [["service", services] as const] : [])] as const) {
    await one.delete(name, { namespace, ...context.call });
    if (!words.quiet) await context.print(`${kind} ${JSON.stringify(name)} deleted from ${namespace} namespace`);
  }
}
