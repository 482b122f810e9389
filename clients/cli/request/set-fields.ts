import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { CliError, throwAll } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { text, toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import { dryRunFlag, dryRunSuffix, filenameFlags, outputFlag, readDryRun, selectorFlag } from "./common-flags.ts";
import type { Found } from "./objects.ts";
import { patchFound } from "./patch-found.ts";
import { findTargets } from "./targets.ts";
import { patchAt, podTemplateOf } from "./workloads.ts";

/** Flags of all commands under `set`. */
export const setFlags = {
  ...filenameFlags,
  selector: selectorFlag,
  all: toggle("--all", "Select all resources of the given kinds in the namespace"),
  output: outputFlag,
  dryRun: dryRunFlag,
};

/** Which containers of a pod template are changed. */
export const containersFlag = text("-c, --containers <name>", "The containers to change, by name; * is any text", "*");

interface SetWords {
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly selector: string;
  readonly all: boolean;
  readonly output: string;
  readonly dryRun: string;
}

/** Patches each object that is meant with what `patchOf` makes for it, and tells it. @throws what went wrong, after all */
export async function setFields(
  context: Context,
  { command, args, done }: { command: string; args: readonly string[]; done: string },
  flags: SetWords,
  patchOf: (found: Found) => object,
): Promise<void> {
  const dryRun = readDryRun(flags.dryRun);
  const { found, errors } = await findTargets(context, command, args, flags);
  for (const one of found) {
    try {
      const object = await patchFound(context, one, patchOf(one), dryRun);
      await tellDone(context, flags.output, { ...one, object }, `${done}${dryRunSuffix(dryRun)}`);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** The path of an object's pod template, and the template. @throws CliError for kinds without one */
export function templateOf({ info, object }: Found): { path: string[]; template: PodTemplateSpec } {
  const place = podTemplateOf(info, object);
  if (!place) throw new CliError(`${info.plural}/${object.metadata?.name}: the object has no pod template`);
  return place;
}

/** A patch that puts `change` into each container that is meant. @throws CliError when none is */
export function patchContainers(found: Found, containers: string, change: object): object {
  const { path, template } = templateOf(found);
  const names = (template.spec?.containers ?? []).map(({ name = "" }) => name).filter(containerMatcher(containers));
  if (names.length === 0)
    throw new CliError(
      `${found.info.kind}/${found.object.metadata?.name} does not have any containers matching "${containers}"`,
    );
  return patchAt(
    [...path, "spec", "containers"],
    names.map((name) => ({ name, ...change })),
  );
}

/** Whether a container is meant by a name in which `*` stands for any text. */
export function containerMatcher(containers: string): (name: string) => boolean {
  const parts = containers.split("*").map((part) => part.replace(/[^\w-]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*")}$`);
  return (name) => pattern.test(name);
}
