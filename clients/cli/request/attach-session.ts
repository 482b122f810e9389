import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { runSession, terminalOf } from "./container-session.ts";

/** How a person attaches. */
export interface AttachWords {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly quiet: boolean;
}

const prompt = "If you don't see a command prompt, try pressing enter.";

/** Attaches to a container's main process until it ends or lets go. @throws CliError when the pod has ended */
export async function attachTo(context: Context, pod: Pod, container: string, words: AttachWords): Promise<void> {
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed")
    throw new CliError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  const { spec = {} } = pod;
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  const found = all.find(({ name }) => name === container);
  if (!found) throw new CliError(`container ${container} not found in pod ${pod.metadata?.name}`);
  const hasTerminal = words.tty && found.tty === true;
  if (words.tty && !hasTerminal && !words.quiet)
    await context.note(`Unable to use a TTY - container ${container} did not allocate one`);
  const terminal = hasTerminal ? await terminalOf(context, words) : undefined;
  if (words.stdin && terminal && !words.quiet) await context.note(prompt);
  await runSession(context, pod, { container, stdin: words.stdin, terminal });
}
