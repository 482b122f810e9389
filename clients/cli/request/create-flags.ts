import { type ApiObject, resourceByKind } from "../../../lib/api/resource-info.ts";
import { usageError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { type DryRun, dryRunFlag, outputFlag, readDryRun, readValidation, validateFlag } from "./common-flags.ts";
import { createObject } from "./create-object.ts";
import { decodeManifest } from "./manifests.ts";

/** Flags of commands that make an object of their flags. */
export const createFlags = { output: outputFlag, dryRun: dryRunFlag, validate: validateFlag };

/** Creates an object made by a command; its namespace is the command's. `done` is what is told of it: nothing when empty. */
export async function createMade(
  context: Context,
  object: ApiObject & { apiVersion: string; kind: string },
  flags: { output: string; dryRun: string; validate: string },
  done = "created",
): Promise<void> {
  const info = resourceByKind(object.apiVersion, object.kind);
  if (!info) throw new Error(`the contracts have no ${object.kind}`);
  const dryRun = readDryRun(flags.dryRun);
  const namespace = info.namespaced ? await namespaceOfMade(context, dryRun) : undefined;
  const value = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } };
  const manifest = { info, value, name: object.metadata?.name ?? "", generateName: "", namespace, source: "" };
  const decoded = await decodeManifest(context, manifest, readValidation(flags.validate));
  await createObject(context, info, decoded, { dryRun, output: flags.output, done });
}

/** What is only printed stays free of namespaces that nobody named, and needs no server. */
async function namespaceOfMade(context: Context, dryRun: DryRun): Promise<string | undefined> {
  if (context.isNamespaceGiven) return context.global.namespace;
  return dryRun === "client" ? undefined : (await context.connect()).namespace;
}

/** The one name that a command is given. @throws CliError */
export function onlyName(command: string, args: readonly string[]): string {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0)
    throw usageError(command, `exactly one NAME is required, got ${args.length}`);
  return name;
}
