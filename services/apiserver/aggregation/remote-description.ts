import { createHash } from "node:crypto";
import { referencedNames } from "../../../lib/api/openapi/open-api-version.ts";
import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";

const definitionRoot = "#/definitions/";
const parameterRoot = "#/parameters/";

/** What another server says of a group version in OpenAPI v2: its paths, and the definitions that they need. */
export class RemoteDescription {
  readonly hash: string;
  readonly paths: ReadonlyMap<string, JsonRecord>;
  readonly definitions: ReadonlyMap<string, JsonRecord>;

  constructor(paths: ReadonlyMap<string, JsonRecord>, definitions: ReadonlyMap<string, JsonRecord>) {
    this.paths = paths;
    this.definitions = definitions;
    const text = JSON.stringify([[...paths], [...definitions]]);
    this.hash = createHash("sha256").update(text).digest("hex");
  }

  /** Names all of it. */
  toJSON(): string {
    return this.hash;
  }

  /** The same with other names for definitions, where `names` has some. */
  renamed(names: ReadonlyMap<string, string>): RemoteDescription {
    if (names.size === 0) return this;
    const rename = (part: JsonRecord) => withReferences(part, (target) => renamedReference(target, names));
    return new RemoteDescription(
      new Map([...this.paths].map(([path, item]) => [path, rename(item)])),
      new Map([...this.definitions].map(([name, definition]) => [names.get(name) ?? name, rename(definition)])),
    );
  }
}

/** Takes from a server's document what is about a group version; undefined when that is nothing. */
export function describedIn(document: unknown, group: string, version: string): RemoteDescription | undefined {
  if (!isRecord(document)) return undefined;
  const { paths, definitions, parameters } = document;
  const parameterNamed = (target: string) => membersOf(parameters).get(target.slice(parameterRoot.length));
  const found = new Map<string, JsonRecord>();
  const root = `/apis/${group}/${version}/`;
  for (const [path, item] of membersOf(paths)) {
    if (!`${path}/`.startsWith(root)) continue;
    found.set(
      path,
      withReferences(item, (target) => (target.startsWith(parameterRoot) ? parameterNamed(target) : undefined)),
    );
  }
  return found.size === 0 ? undefined : new RemoteDescription(found, needed(found, membersOf(definitions)));
}

function needed(
  paths: ReadonlyMap<string, JsonRecord>,
  definitions: ReadonlyMap<string, JsonRecord>,
): Map<string, JsonRecord> {
  const found = new Map<string, JsonRecord>();
  const waiting = [...referencedNames([...paths.values()])];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const definition = found.has(name) ? undefined : definitions.get(name);
    if (!definition) continue;
    found.set(name, definition);
    waiting.push(...referencedNames(definition));
  }
  return found;
}

/** A copy in which each reference is what `instead` makes of it; as it was where that is undefined. */
function withReferences(part: JsonRecord, instead: (target: string) => JsonRecord | undefined): JsonRecord {
  const { $ref } = part;
  const other = typeof $ref === "string" ? instead($ref) : undefined;
  if (other) return other;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, copied(value, instead)]));
}

function copied(value: unknown, instead: (target: string) => JsonRecord | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => copied(item, instead));
  return isRecord(value) ? withReferences(value, instead) : value;
}

function renamedReference(target: string, names: ReadonlyMap<string, string>): JsonRecord | undefined {
  const name = target.startsWith(definitionRoot) ? names.get(target.slice(definitionRoot.length)) : undefined;
  return name === undefined ? undefined : { $ref: definitionRoot + name };
}

function membersOf(value: unknown): Map<string, JsonRecord> {
  const members = new Map<string, JsonRecord>();
  for (const [name, member] of isRecord(value) ? Object.entries(value) : [])
    if (isRecord(member)) members.set(name, member);
  return members;
}
