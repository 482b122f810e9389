import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { decode } from "../../../lib/api/decode.ts";
import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";
import { type ApiObject, type ResourceInfo, resourceByKind } from "../../../lib/api/resource-info.ts";
import { parseYaml } from "../../../lib/api/yaml.ts";
import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { readAll } from "../io.ts";
import { customInfos, isCustom, loadCustomKinds } from "./custom-kinds.ts";

/** An object as a file has it. */
export interface Manifest {
  readonly info: ResourceInfo;
  /** As written, with its namespace filled in. */
  readonly value: JsonRecord;
  readonly name: string;
  readonly generateName: string;
  /** Undefined for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  /** The file, as messages name it. */
  readonly source: string;
}

export interface ManifestOptions {
  readonly filename: readonly string[];
  readonly recursive: boolean;
}

const extensions = [".json", ".yaml", ".yml"];
const fetchTimeoutMs = 30_000;

/** Reads all objects of all files, in their order; nothing is answered unless all can be read. @throws CliError */
export async function readManifests(context: Context, options: ManifestOptions): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const path of options.filename) {
    for (const { source, text } of await readSources(context, path, options.recursive)) {
      for (const value of objectsOf(source, text)) manifests.push(await manifestOf(context, source, value));
    }
  }
  return manifests;
}

interface Source {
  readonly source: string;
  readonly text: string;
}

async function readSources(context: Context, path: string, recursive: boolean): Promise<Source[]> {
  if (path === "-") return [{ source: "STDIN", text: await readAll(context.io.stdin) }];
  if (/^https?:\/\//.test(path)) return [{ source: path, text: await download(path) }];
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new CliError(`the path ${JSON.stringify(path)} does not exist`);
  if (!found.isDirectory()) return [{ source: path, text: await readFile(path, "utf8") }];
  const files = await manifestFiles(path, recursive);
  if (files.length === 0)
    throw new CliError(`error reading [${path}]: recognized file extensions are [${extensions.join(" ")}]`);
  return Promise.all(files.map(async (file) => ({ source: file, text: await readFile(file, "utf8") })));
}

async function manifestFiles(directory: string, recursive: boolean): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) files.push(...(recursive ? await manifestFiles(path, true) : []));
    else if (extensions.some((extension) => entry.name.endsWith(extension))) files.push(path);
  }
  return files;
}

async function download(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (!answer.ok) throw new Error(`server reported ${answer.status} ${answer.statusText}`);
    return await answer.text();
  } catch (error) {
    throw new CliError(`unable to read URL ${JSON.stringify(url)}, ${error instanceof Error ? error.message : error}`);
  }
}

function objectsOf(source: string, text: string): JsonRecord[] {
  const values = parse(source, text);
  return values.flatMap((value) => {
    if (!isRecord(value))
      throw new CliError(`error parsing ${source}: an object is expected, not ${JSON.stringify(value)}`);
    const isList = typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(value["items"]);
    if (!isList) return [value];
    const items: unknown[] = Array.isArray(value["items"]) ? value["items"] : [];
    return items.filter(isRecord);
  });
}

function parse(source: string, text: string): unknown[] {
  try {
    return parseYaml(text).map(({ value }) => value);
  } catch (error) {
    if (!isStatusError(error)) throw error;
    throw new CliError(`error parsing ${source}: ${error.message.replace(/^error parsing YAML: /, "")}`);
  }
}

async function manifestOf(context: Context, source: string, value: JsonRecord): Promise<Manifest> {
  const { apiVersion, kind } = value;
  if (typeof kind !== "string" || !kind) throw missing(source, "Kind", value);
  if (typeof apiVersion !== "string" || !apiVersion) throw missing(source, "apiVersion", value);
  const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
  const name = textOf(metadata["name"]);
  const written = textOf(metadata["namespace"]);
  const info = resourceByKind(apiVersion, kind) ?? (await customKind(context, apiVersion, kind));
  if (!info)
    throw new CliError(
      `resource mapping not found for name: "${name}" namespace: "${written}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    );
  const namespace = info.namespaced ? await namespaceOf(context, written) : undefined;
  const placed = namespace ? { ...value, metadata: { ...metadata, namespace } } : value;
  return { info, value: placed, name, generateName: textOf(metadata["generateName"]), namespace, source };
}

async function customKind(context: Context, apiVersion: string, kind: string): Promise<ResourceInfo | undefined> {
  const find = () => customInfos().find((info) => info.apiVersion === apiVersion && info.kind === kind);
  const known = find();
  if (known) return known;
  await loadCustomKinds(context);
  return find();
}

async function namespaceOf(context: Context, written: string): Promise<string> {
  const { namespace } = context.global;
  if (written && context.isNamespaceGiven && written !== namespace)
    throw new CliError(
      `the namespace from the provided object "${written}" does not match the namespace "${namespace}". You must pass '--namespace=${written}' to perform this operation.`,
    );
  return written || namespace || (await context.connect()).namespace;
}

function missing(source: string, what: string, value: JsonRecord): CliError {
  return new CliError(
    `unable to decode ${JSON.stringify(source)}: Object '${what}' is missing in '${JSON.stringify(value)}'`,
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** How the fields of a manifest are checked. */
export type Validation = "Strict" | "Warn" | "Ignore";

/** The object of a manifest, checked against its contract. Unknown fields are told or refused. @throws StatusError */
export async function decodeManifest(context: Context, manifest: Manifest, validation: Validation): Promise<ApiObject> {
  // What custom kinds consist of, the server knows.
  if (isCustom(manifest.info)) return manifest.value;
  const { object, warnings } = decode<ApiObject>(manifest.info.message, manifest.value, validation);
  for (const warning of warnings) await context.note(`Warning: ${warning}`);
  return { ...object, apiVersion: manifest.info.apiVersion, kind: manifest.info.kind };
}

/** Adds to a server's error what was being done with which file. */
export function withSource(error: unknown, verb: string, source: string): unknown {
  if (!isStatusError(error)) return error;
  const message = `error when ${verb} ${JSON.stringify(source)}: ${error.message}`;
  return new StatusError(error.reason, message, error.details, { code: error.code, cause: error });
}
