import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { objectName } from "../request/names.ts";
import type { Found } from "../request/objects.ts";
import { asList, formatJson, plainObject } from "./serialise.ts";
import { formatGoYaml } from "./yaml.ts";

/** Writes objects other than as a table. `isList`: they are the answer to a question for many. */
export type ObjectPrinter = (found: readonly Found[], isList: boolean) => string | Promise<string>;

const formats = "json, yaml, name, jsonpath, custom-columns, wide";

/** The printer of an output format; undefined for tables. @throws CliError when there is no such format. */
export async function objectPrinter(
  output: string,
  settings: { showManagedFields?: boolean; noHeaders?: boolean } = {},
): Promise<ObjectPrinter | undefined> {
  const equals = output.indexOf("=");
  const [format, argument] = equals < 0 ? [output, ""] : [output.slice(0, equals), output.slice(equals + 1)];
  const shown = (object: ApiObject) => plainObject(object, settings.showManagedFields ?? false);
  switch (format) {
    case "":
    case "wide":
      return undefined;
    case "name":
      return (found) => found.map(({ info, object }) => `${objectName(info, object.metadata?.name)}\n`).join("");
    case "json":
      return (found, isList) => `${formatJson(oneOrList(found, isList, shown))}\n`;
    case "yaml":
      return (found, isList) => formatGoYaml(oneOrList(found, isList, shown));
    case "jsonpath":
    case "jsonpath-as-json": {
      const { printJsonPath } = await import("./json-path-output.ts");
      return (found, isList) => printJsonPath(argument, oneOrList(found, isList, shown), format === "jsonpath-as-json");
    }
    case "custom-columns": {
      const { customColumns } = await import("./custom-columns.ts");
      return customColumns(argument, settings.noHeaders ?? false, shown);
    }
    default:
      throw new CliError(
        `unable to match a printer suitable for the output format "${format}", allowed formats are: ${formats}`,
      );
  }
}

function oneOrList(found: readonly Found[], isList: boolean, shown: (object: ApiObject) => unknown): unknown {
  const [only] = found;
  return !isList && only ? shown(only.object) : asList(found.map(({ object }) => shown(object)));
}

/** Tells what was done to an object: the message, or the object itself where the user asked for it. */
export async function tellDone(context: Context, output: string, found: Found, what: string): Promise<void> {
  const printer = await objectPrinter(output);
  const text = printer
    ? await printer([found], false)
    : `${objectName(found.info, found.object.metadata?.name)} ${what}\n`;
  await context.io.stdout.write(text);
}
