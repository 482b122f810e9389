import type { Condition } from "../../../gen/typernetes/meta/v1/condition.ts";
import { isRecord } from "../../../lib/api/records.ts";
import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { duration, text, toggle } from "../flags.ts";
import { evaluatePath } from "../print/json-path.ts";
import { valueText } from "../print/json-path-output.ts";
import { tellDone } from "../print/output-format.ts";
import { parseJsonPath, relaxedPath } from "../print/parse-json-path.ts";
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  filenameFlags,
  outputFlag,
  selectorFlag,
} from "../request/common-flags.ts";
import { withDeadline } from "../request/deadline.ts";
import { readManifests } from "../request/manifests.ts";
import { clientOf, type Found, fetchAll, getObjectIfAny, withKind } from "../request/objects.ts";
import { type ResourceRequest, readResourceArguments } from "../request/resource-arguments.ts";
import { watchChanges } from "../request/watch.ts";

const weekMs = 7 * 24 * 3600 * 1000;

const flags = {
  ...filenameFlags,
  for: text("--for <condition>", "create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE]"),
  timeout: duration("--timeout <time>", "How long to wait; 0 checks once, negative waits for a week", 30_000),
  selector: selectorFlag,
  fieldSelector: fieldSelectorFlag,
  allNamespaces: allNamespacesFlag,
  all: toggle("--all", "Select all resources of the given kinds in the namespace"),
  output: outputFlag,
};

export const command = defineCommand({
  usage: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) --for=CONDITION",
  summary: "Wait for a specific condition on one or many resources",
  examples: ["typectl wait --for=condition=Ready pod/web-1", "typectl wait --for=delete pod/web-1 --timeout=60s"],
  flags,
  run: wait,
});

type Input = CommandInput<typeof flags>;

/** Whether an object is as it was waited for; `undefined` stands for one that does not exist. */
type Wanted = (object: ApiObject | undefined) => boolean;

async function wait(input: Input): Promise<void> {
  const { context, flags, args } = input;
  if (!flags.for) throw usageError("wait", "--for is required");
  const wanted = readCondition(flags.for);
  const requests =
    flags.filename.length > 0
      ? (await readManifests(context, flags)).map(({ info, name }) => ({ info, names: [name] }))
      : readResourceArguments(args);
  if (requests.length === 0)
    throw usageError("wait", "arguments in resource/name form or --filename must be specified");
  if (!requests.every(({ names }) => names) && !flags.all && !flags.selector && !flags.fieldSelector)
    throw new CliError("resource(s) were provided, but no name was specified");
  const subjects = await findSubjects(input, requests);
  if (subjects.length === 0 && flags.for !== "delete") throw new CliError("no matching resources found");
  const timeoutMs = flags.timeout < 0 ? weekMs : flags.timeout;
  const until = context.io.clock.monotonic() + timeoutMs;
  const errors: unknown[] = [];
  for (const subject of subjects) {
    const left = Math.max(1, until - context.io.clock.monotonic());
    try {
      const found = await waitFor(context, subject, wanted, timeoutMs === 0 ? 0 : left);
      await tellDone(context, flags.output, found, "condition met");
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** What is waited for; objects that are waited to be made, or to be gone, need not exist. */
async function findSubjects({ context, flags }: Input, requests: readonly ResourceRequest[]): Promise<Found[]> {
  const mayBeAbsent = flags.for === "create" || flags.for === "delete";
  if (mayBeAbsent && requests.every(({ names }) => names)) {
    const named = requests.flatMap(({ info, names = [] }) => names.map((name) => ({ info, name })));
    return Promise.all(
      named.map(async ({ info, name }) => ({
        info,
        object: (await getObjectIfAny(context, info, name)) ?? {
          metadata: { name, ...(await placeOf(context, info)) },
        },
      })),
    ).then((found) => (flags.for === "delete" ? found.filter(({ object }) => object.metadata?.uid) : found));
  }
  const { found, errors } = await fetchAll(context, requests, flags);
  throwAll(errors);
  return found;
}

async function placeOf(context: Context, info: Found["info"]): Promise<{ namespace?: string }> {
  return info.namespaced ? { namespace: (await context.connect()).namespace } : {};
}

function waitFor(context: Context, subject: Found, wanted: Wanted, timeoutMs: number): Promise<Found> {
  const { info, object } = subject;
  const name = object.metadata?.name ?? "";
  const late = () => new CliError(`timed out waiting for the condition on ${info.plural}/${name}`);
  if (timeoutMs === 0) {
    if (wanted(object.metadata?.uid ? object : undefined)) return Promise.resolve(subject);
    return Promise.reject(late());
  }
  return withDeadline(context, timeoutMs, (signal) => untilMet(context, subject, wanted, signal), late);
}

async function untilMet(
  context: Context,
  { info, object }: Found,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Found> {
  const { name = "", namespace, uid } = object.metadata ?? {};
  const place = namespace ? { namespace } : {};
  const client = await clientOf(context, info);
  /** An object of the same name that was made since is another one. */
  const isMet = (now: ApiObject | undefined) => wanted(uid && now?.metadata?.uid !== uid && now ? undefined : now);
  for (;;) {
    const { items, metadata } = await client.list({ ...place, fieldSelector: `metadata.name=${name}`, signal });
    const now = items[0] && withKind(info, items[0]);
    if (isMet(now)) return { info, object: now ?? object };
    try {
      for await (const { type, object: changed } of watchChanges(
        context,
        info,
        { name, ...place, signal },
        metadata?.resourceVersion ?? "",
      )) {
        if (isMet(type === "DELETED" ? undefined : changed)) return { info, object: changed };
      }
    } catch (error) {
      if (!isStatusError(error, "Expired", "Gone")) throw error;
    }
  }
}

/** Reads what is waited for. @throws CliError */
function readCondition(text: string): Wanted {
  const lower = text.toLowerCase();
  if (lower === "delete") return (object) => object === undefined;
  if (lower === "create") return (object) => object !== undefined;
  if (lower.startsWith("condition=")) {
    const [name = "", value = "true"] = text.slice("condition=".length).split("=");
    return (object) => object !== undefined && hasCondition(object, name, value);
  }
  if (lower.startsWith("jsonpath=")) return pathCondition(text.slice("jsonpath=".length));
  throw new CliError(`unrecognized condition: ${JSON.stringify(text)}`);
}

function hasCondition(object: ApiObject, name: string, value: string): boolean {
  const status = "status" in object && isRecord(object.status) ? object.status : {};
  const conditions: unknown[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const condition = conditions.filter(isCondition).find(({ type }) => type?.toLowerCase() === name.toLowerCase());
  if (!condition) return false;
  const { observedGeneration } = condition;
  if (observedGeneration !== undefined && observedGeneration < (object.metadata?.generation ?? 0)) return false;
  return condition.status?.toLowerCase() === value.toLowerCase();
}

function isCondition(value: unknown): value is Condition {
  return isRecord(value) && typeof value["type"] === "string";
}

function pathCondition(text: string): Wanted {
  const match = /^('?)(\{.*\}|[^=]+)\1(?:=(.*))?$/s.exec(text);
  if (!match)
    throw new CliError(
      `jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'`,
    );
  const [, , path = "", value] = match;
  const [part] = parseJsonPath(relaxedPath(path));
  const steps = part?.type === "path" ? part.steps : [];
  const expected = value?.replace(/^(["'])(.*)\1$/s, "$2");
  return (object) => {
    if (!object) return false;
    const values = evaluatePath(steps, object, object);
    return expected === undefined ? values.length > 0 : values.length === 1 && valueText(values[0]) === expected;
  };
}
