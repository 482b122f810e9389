import assert from "node:assert/strict";
import { test } from "node:test";
import { adjustTypeScript } from "./adjust-typescript.ts";

const reader = 'import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";';
const entry = "message.data![entry2.key] = entry2.value;";

test("entries of maps are set by a function that any key is safe with", () => {
  const adjusted = adjustTypeScript(`${reader}\n${entry}\n`, "typernetes/core/v1/config_map.ts");
  assert.equal(
    adjusted,
    `${reader}\nimport { setEntry } from "../../../plain-values.ts";\nsetEntry(message.data!, entry2.key, entry2.value);\n`,
  );
});

test("the way to that function starts at the file", () => {
  assert.match(adjustTypeScript(`${reader}\n${entry}`, "top.ts"), /from "\.\/plain-values\.ts"/);
});

test("files without maps stay as they are", () => {
  const source = `${reader}\nexport const x = 1;\n`;
  assert.equal(adjustTypeScript(source, "typernetes/core/v1/binding.ts"), source);
});

test("messages that stand for plain values become these", () => {
  const adjusted = adjustTypeScript("whatever", "typernetes/meta/v1/plain.ts");
  assert.match(adjusted, /export type IntOrString = number \| string;\nexport const IntOrString = intOrStringFns;/);
  assert.match(adjusted, /export type FieldsV1 = unknown;/);
});
