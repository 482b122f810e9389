/** Messages of meta/v1/plain.proto with the TypeScript type and the codec that stand for them. */
const plainMessages: Record<string, { type: string; fns: string }> = {
  JSON: { type: "unknown", fns: "jsonFns" },
  RawExtension: { type: "unknown", fns: "jsonFns" },
  FieldsV1: { type: "unknown", fns: "sharedJsonFns" },
  IntOrString: { type: "number | string", fns: "intOrStringFns" },
  StringList: { type: "string[]", fns: "stringListFns" },
};

/** Puts right what ts-proto has no option for; `path` is relative to `gen/`. */
export function adjustTypeScript(source: string, path: string): string {
  if (path === "typernetes/meta/v1/plain.ts") return plainModule();
  const maps = source.replace(
    /message\.(\w+)!\[(entry\d+)\.key\] = entry\d+\.value;/g,
    (_, field: string, entry: string) => `setEntry(message.${field}!, ${entry}.key, ${entry}.value);`,
  );
  if (maps === source) return source;
  const depth = path.split("/").length - 1;
  const from = `${"../".repeat(depth) || "./"}plain-values.ts`;
  return maps.replace(/^(import \{ BinaryReader.*)$/m, `$1\nimport { setEntry } from "${from}";`);
}

function plainModule(): string {
  const fns = [...new Set(Object.values(plainMessages).map((plain) => plain.fns))];
  const lines = [
    "// Generated from proto/ by scripts/generate. Do not edit.",
    `import { ${fns.join(", ")} } from "../../../plain-values.ts";`,
    "",
  ];
  for (const [name, { type, fns: codec }] of Object.entries(plainMessages)) {
    lines.push(`export type ${name} = ${type};`, `export const ${name} = ${codec};`, "");
  }
  return lines.join("\n");
}
