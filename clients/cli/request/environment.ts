import type { EnvVar } from "../../../gen/typernetes/core/v1/pod.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { CliError, throwAll } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { getObject } from "./objects.ts";
import { readOneObject } from "./resource-arguments.ts";
import { containerMatcher, templateOf } from "./set-fields.ts";
import { findTargets } from "./targets.ts";

interface ListWords {
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly selector: string;
  readonly all: boolean;
  readonly containers: string;
}

/** Prints the variables of each container that is meant, as lines that a shell takes. */
export async function listEnv(context: Context, args: readonly string[], words: ListWords): Promise<void> {
  const { found, errors } = await findTargets(context, "set env", args, words);
  const isMeant = containerMatcher(words.containers);
  for (const one of found) {
    const { info, object } = one;
    for (const { name = "", env = [] } of templateOf(one).template.spec?.containers ?? []) {
      if (!isMeant(name)) continue;
      await context.print(`# ${info.kind} ${object.metadata?.name}, container ${name}`);
      for (const variable of env) await context.print(shown(variable));
    }
  }
  throwAll(errors);
}

function shown({ name = "", value = "", valueFrom }: EnvVar): string {
  if (!valueFrom) return `${name}=${value}`;
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (fieldRef) return `# ${name} from field path ${fieldRef.fieldPath}`;
  if (resourceFieldRef) return `# ${name} from resource field ${resourceFieldRef.resource}`;
  if (configMapKeyRef) return `# ${name} from configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `# ${name} from secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  return `# ${name} from another source`;
}

/** A variable for each key of a config map or secret. @throws CliError when the object is of another kind */
export async function variablesFrom(
  context: Context,
  { from, prefix, keys }: { from: string; prefix: string; keys: readonly string[] },
): Promise<object[]> {
  const { info, name } = readOneObject([from], "configmaps");
  const isSecret = info.kind === "Secret";
  if (info.group !== "" || !(isSecret || info.kind === "ConfigMap"))
    throw new CliError(`unsupported resource specified in --from: ${info.plural}`);
  const object = await getObject(context, info, name);
  const data = "data" in object && isRecord(object.data) ? Object.keys(object.data).sort() : [];
  const source = isSecret ? "secretKeyRef" : "configMapKeyRef";
  return data
    .filter((key) => keys.length === 0 || keys.includes(key))
    .map((key) => ({ name: `${prefix}${variableName(key)}`, value: null, valueFrom: { [source]: { key, name } } }));
}

/** What a key is called as a variable: `log.level` becomes `LOG_LEVEL`. */
function variableName(key: string): string {
  return key.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}
