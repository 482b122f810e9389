import type { DescMessage, FileRegistry } from "@bufbuild/protobuf";
import { ownMessages } from "./emit-schema.ts";
import { packageRoot, type Rules } from "./rules.ts";

/** `gen/resources.ts`: for each kind its codecs and its typed service, as a tree of package, version and plural. */
export function emitResources(registry: FileRegistry, rules: Rules): string {
  const imports = new Map<string, string>();
  const tree = new Map<string, Map<string, string[]>>();
  const aliasOf = (file: string): string => {
    const alias = file.slice("typernetes/".length).replace(/[^a-z0-9]+/gi, "_");
    imports.set(file, alias);
    return alias;
  };
  for (const message of ownMessages(registry)) {
    const resource = rules.resource(message);
    if (!resource) continue;
    const [group = "", version = ""] = message.typeName.slice(packageRoot.length).split(".");
    const versions = tree.get(group) ?? new Map<string, string[]>();
    tree.set(group, versions);
    const entries = versions.get(version) ?? [];
    versions.set(version, entries);
    entries.push(`      ${resource["plural"]}: ${entry(message, aliasOf)},`);
  }
  const lines = ["// Generated from proto/ by scripts/generate. Do not edit.", ""];
  for (const [file, alias] of imports) lines.push(`import * as ${alias} from "./${file}.ts";`);
  lines.push(
    "",
    "/** Codecs and services of every kind, as in `resourceTypes.core.v1.pods`. */",
    "export const resourceTypes = {",
  );
  for (const [group, versions] of tree) {
    lines.push(`  ${group}: {`);
    for (const [version, entries] of versions) lines.push(`    ${version}: {`, ...entries, "    },");
    lines.push("  },");
  }
  lines.push("} as const;", "");
  return lines.join("\n");
}

function entry(message: DescMessage, aliasOf: (file: string) => string): string {
  const alias = aliasOf(message.file.name);
  const name = message.name;
  const has = (other: string) => message.file.messages.some((candidate) => candidate.name === other);
  const parts = [`message: ${JSON.stringify(message.typeName.slice(packageRoot.length))}`, `object: ${alias}.${name}`];
  if (has(`${name}List`)) parts.push(`list: ${alias}.${name}List`);
  parts.push(`service: ${alias}.${name}ServiceDefinition`);
  return `{ ${parts.join(", ")} }`;
}
