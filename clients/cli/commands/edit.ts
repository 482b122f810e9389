import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMergePatch } from "../../../lib/api/patch/merge-diff.ts";
import { createTwoWayStrategicPatch } from "../../../lib/api/patch/strategic-diff.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { CliError, Exit, throwAll } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { explainError } from "../explain-error.ts";
import { text, toggle } from "../flags.ts";
import { objectPrinter, tellDone } from "../print/output-format.ts";
import { plainObject } from "../print/serialise.ts";
import { filenameFlags, outputFlag } from "../request/common-flags.ts";
import { isCustom } from "../request/custom-kinds.ts";
import { decodeManifest, readManifests } from "../request/manifests.ts";
import type { Found } from "../request/objects.ts";
import { patchFound } from "../request/patch-found.ts";
import { runProgram } from "../request/run-program.ts";
import { findTargets } from "../request/targets.ts";

const heading = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME | TYPE/NAME)",
  summary: "Edit a resource on the server",
  examples: ["typectl edit service/web", 'KUBE_EDITOR="nano" typectl edit deployment web -o json'],
  flags: {
    ...filenameFlags,
    output: outputFlag,
    showManagedFields: toggle("--show-managed-fields", "Show the managedFields too"),
    subresource: text("--subresource <name>", "Edit this subresource, such as status"),
  },
  async run({ context, flags, args }) {
    if (!["", "yaml", "json"].includes(flags.output)) throw new CliError("The flag 'output' must be one of yaml|json");
    const { found, errors } = await findTargets(context, "edit", args, { ...flags, selector: "", all: false });
    throwAll(errors);
    const printer = await objectPrinter(flags.output || "yaml", flags);
    const original = await printer?.(found, found.length > 1);
    const folder = await mkdtemp(join(tmpdir(), "typectl-edit-"));
    const path = join(folder, `edit.${flags.output || "yaml"}`);
    const { subresource, showManagedFields } = flags;
    let isKept = false;
    try {
      isKept = await editUntilDone(context, found, { path, original: original ?? "", subresource, showManagedFields });
    } finally {
      if (!isKept) await rm(folder, { recursive: true, force: true });
    }
    if (isKept) throw new Exit(1);
  },
});

interface Session {
  readonly path: string;
  readonly original: string;
  readonly subresource: string;
  readonly showManagedFields: boolean;
}

/** Opens the editor until what it leaves can be saved, or is left as it was; answers whether the file is worth keeping. */
async function editUntilDone(context: Context, found: readonly Found[], session: Session): Promise<boolean> {
  const editor = context.io.env["KUBE_EDITOR"] || context.io.env["EDITOR"] || "vi";
  let [body, failure] = [session.original, ""];
  for (;;) {
    await writeFile(session.path, `${heading}${commented(failure)}${body}`, { mode: 0o600 });
    const code = await runProgram(context, editor, [session.path], context.io.terminal !== undefined);
    if (code !== 0) throw new CliError(`there was a problem with the editor ${JSON.stringify(editor)}`);
    const edited = withoutComments(await readFile(session.path, "utf8"));
    const isUnchanged = edited === withoutComments(body);
    if (failure && isUnchanged) return giveUp(context, session.path, failure);
    if (isUnchanged || edited === withoutComments(session.original)) return cancel(context, "no changes made.");
    if (edited.trim() === "") return cancel(context, "saved file was empty.");
    body = edited;
    try {
      await save(context, found, session);
      return false;
    } catch (error) {
      failure = explainError(error, context.address).text.trimEnd();
    }
  }
}

async function cancel(context: Context, why: string): Promise<boolean> {
  await context.note(`Edit cancelled, ${why}`);
  return false;
}

async function giveUp(context: Context, path: string, failure: string): Promise<boolean> {
  await context.note(failure);
  await context.note(`A copy of your changes has been stored to ${JSON.stringify(path)}`);
  await context.note("error: Edit cancelled, no valid changes were saved.");
  return true;
}

function commented(failure: string): string {
  return failure
    ? `${failure
        .split("\n")
        .map((line) => `# ${line}\n`)
        .join("")}#\n`
    : "";
}

/** Only comments that stand at the beginning of lines: texts of several lines may hold the sign. */
function withoutComments(content: string): string {
  return content
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
}

async function save(
  context: Context,
  found: readonly Found[],
  { path, subresource, showManagedFields }: Session,
): Promise<void> {
  const manifests = await readManifests(context, { filename: [path], recursive: false });
  if (manifests.length !== found.length) throw new CliError("At least one of apiVersion, kind and name was changed");
  for (const [index, manifest] of manifests.entries()) {
    const one = found[index];
    if (!one || one.info !== manifest.info || one.object.metadata?.name !== manifest.name)
      throw new CliError("At least one of apiVersion, kind and name was changed");
    await decodeManifest(context, manifest, "Strict");
    const shown = plainObject(one.object, showManagedFields);
    const before = isRecord(shown) ? shown : {};
    const patch = isCustom(one.info)
      ? createMergePatch(before, manifest.value)
      : createTwoWayStrategicPatch(one.info.message, before, manifest.value);
    const changes = Object.keys(patch).length > 0;
    const object = changes
      ? await patchFound(context, one, patch, "none", subresource ? { subresource } : {})
      : one.object;
    await tellDone(context, "", { ...one, object }, changes ? "edited" : "skipped");
  }
}
