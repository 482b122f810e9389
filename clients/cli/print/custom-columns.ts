import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { CliError } from "../cli-error.ts";
import { evaluatePath, type PathStep } from "./json-path.ts";
import { valueText } from "./json-path-output.ts";
import type { ObjectPrinter } from "./output-format.ts";
import { parseJsonPath, relaxedPath } from "./parse-json-path.ts";
import { TableText } from "./table.ts";

/** The printer of `custom-columns=NAME:.metadata.name,…`. @throws CliError */
export function customColumns(
  specification: string,
  noHeaders: boolean,
  shown: (object: ApiObject) => unknown,
): ObjectPrinter {
  if (!specification) throw new CliError("custom-columns format specified but no custom columns given");
  const columns = specification.split(",").map(readColumn);
  return (found) => {
    const rows = found.map(({ object }) => columns.map(({ path }) => cell(path, shown(object))));
    return new TableText().format(noHeaders ? rows : [columns.map(({ name }) => name), ...rows]);
  };
}

function readColumn(text: string): { name: string; path: PathStep[] } {
  const colon = text.indexOf(":");
  if (colon < 0) throw new CliError(`unexpected custom-columns spec: ${text}, expected <header>:<json-path-expr>`);
  return { name: text.slice(0, colon), path: pathOf(text.slice(colon + 1)) };
}

function pathOf(text: string): PathStep[] {
  const [part] = parseJsonPath(relaxedPath(text));
  return part?.type === "path" ? part.steps : [];
}

function cell(path: PathStep[], object: unknown): string {
  const values = evaluatePath(path, object, object);
  return values.map(valueText).join(",") || "<none>";
}
