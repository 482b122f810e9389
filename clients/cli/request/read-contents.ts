import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { CliError } from "../cli-error.ts";
import { plainList } from "../flags.ts";

/** Where the contents of a ConfigMap or Secret come from. */
export const contentsFlags = {
  fromLiteral: plainList("--from-literal <key=value>", "A key and its value"),
  fromFile: plainList(
    "--from-file <[key=]path>",
    "A file, or a directory of files; the key is the file's name unless it is given",
  ),
  fromEnvFile: plainList("--from-env-file <path>", "A file with lines of KEY=value"),
};

interface Sources {
  readonly fromLiteral: readonly string[];
  readonly fromFile: readonly string[];
  readonly fromEnvFile: readonly string[];
}

/** Reads all contents, by key. @throws CliError for keys that are given twice and files that cannot be read */
export async function readContents(sources: Sources): Promise<Map<string, Buffer>> {
  if (sources.fromEnvFile.length > 0 && (sources.fromFile.length > 0 || sources.fromLiteral.length > 0))
    throw new CliError("from-env-file cannot be combined with from-file or from-literal");
  const contents = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    if (contents.has(key))
      throw new CliError(`cannot add key ${JSON.stringify(key)}, another key by that name already exists`);
    contents.set(key, value);
  };
  for (const [key, path] of await filesOf(sources.fromFile)) add(key, await readFile(path));
  for (const literal of sources.fromLiteral) add(...readLiteral(literal));
  for (const path of sources.fromEnvFile) for (const [key, value] of await readEnvFile(path)) add(key, value);
  return contents;
}

function readLiteral(literal: string): [string, Buffer] {
  const equals = literal.indexOf("=");
  if (equals < 1) throw new CliError(`invalid literal source ${literal}, expected key=value`);
  return [literal.slice(0, equals), Buffer.from(literal.slice(equals + 1))];
}

async function filesOf(sources: readonly string[]): Promise<[key: string, path: string][]> {
  const files: [string, string][] = [];
  for (const source of sources) {
    const equals = source.indexOf("=");
    const [key, path] = equals < 0 ? [undefined, source] : [source.slice(0, equals), source.slice(equals + 1)];
    const found = await stat(path).catch(() => undefined);
    if (!found) throw new CliError(`error reading ${path}: no such file or directory`);
    if (!found.isDirectory()) files.push([key ?? basename(path), path]);
    else if (key !== undefined) throw new CliError("cannot give a key name for a directory path");
    else
      for (const entry of await readdir(path, { withFileTypes: true }))
        if (entry.isFile()) files.push([entry.name, join(path, entry.name)]);
  }
  return files;
}

async function readEnvFile(path: string): Promise<[string, Buffer][]> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new CliError(`error reading ${path}: no such file or directory`);
  });
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const equals = line.indexOf("=");
    return equals < 0 ? [line, Buffer.alloc(0)] : [line.slice(0, equals), Buffer.from(line.slice(equals + 1))];
  });
}
