import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { CliError, Exit, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { toggle } from "../flags.ts";
import { maskSecrets } from "../print/mask-secrets.ts";
import { plainObject } from "../print/serialise.ts";
import { formatGoYaml } from "../print/yaml.ts";
import { applyManifest, currentObject } from "../request/apply-manifest.ts";
import { filenameFlags } from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { type Manifest, readManifests } from "../request/manifests.ts";
import { runProgram } from "../request/run-program.ts";

/** Codes above are failures of the comparing program, not differences. */
const differ = 1;

export const command = defineCommand({
  usage: "-f FILENAME",
  summary: "Diff the live version against a would-be applied version",
  examples: [
    "typectl diff -f pod.json",
    "cat service.yaml | typectl diff -f -",
    'KUBECTL_EXTERNAL_DIFF="diff -N -y" typectl diff -R -f manifests/',
  ],
  flags: {
    ...filenameFlags,
    showManagedFields: toggle("--show-managed-fields", "Compare the managedFields too"),
  },
  async run({ context, flags, args }) {
    if (flags.filename.length === 0) throw usageError("diff", "must specify one of -f and -k");
    if (args.length > 0) throw usageError("diff", `Unexpected args: [${args.join(" ")}]`);
    const manifests = await readManifests(context, flags);
    const folder = await mkdtemp(join(tmpdir(), "typectl-diff-"));
    try {
      const folders = { live: join(folder, "LIVE"), merged: join(folder, "MERGED") };
      await Promise.all([mkdir(folders.live), mkdir(folders.merged)]);
      for (const manifest of manifests) await writeBoth(context, manifest, folders, flags.showManagedFields);
      return await compare(context, [folders.live, folders.merged]);
    } catch (error) {
      // An exit code of 1 would say that there are differences.
      throw await failed(context, error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

async function writeBoth(
  context: Context,
  manifest: Manifest,
  folders: { live: string; merged: string },
  showManagedFields: boolean,
): Promise<void> {
  const { info, name, namespace = "" } = manifest;
  const live = await currentObject(context, manifest);
  const { object } = await applyManifest(context, manifest, { dryRun: "server", validation: "Strict", fieldManager });
  const [before, after] = maskSecrets(info, live, object);
  const file = [info.group, info.version, info.kind, namespace, name].filter(Boolean).join(".");
  const text = (shown: ApiObject) => formatGoYaml(plainObject(shown, showManagedFields));
  if (before) await writeFile(join(folders.live, file), text(before), { mode: 0o600 });
  await writeFile(join(folders.merged, file), text(after), { mode: 0o600 });
}

async function compare(context: Context, folders: readonly string[]): Promise<number> {
  const code = await runProgram(context, context.io.env["KUBECTL_EXTERNAL_DIFF"] || "diff -u -N", folders, false);
  if (code > differ) throw new CliError(`exit status ${code}`, { exitCode: code });
  return code;
}

async function failed(context: Context, error: unknown): Promise<unknown> {
  if (error instanceof CliError && error.exitCode > differ) return error;
  const { explainError } = await import("../explain-error.ts");
  await context.io.stderr.write(explainError(error, context.address).text);
  return new Exit(differ + 1);
}
