import { CliError } from "../cli-error.ts";
import { list, optionalText, text, toggle } from "../flags.ts";
import type { Validation } from "./manifests.ts";

/** Where manifests are. */
export const filenameFlags = {
  filename: list(
    "-f, --filename <path>",
    "File, directory or URL that contains the configuration; - is the standard input",
  ),
  recursive: toggle("-R, --recursive", "Process the directory used in -f recursively"),
};

export const selectorFlag = text(
  "-l, --selector <query>",
  "Selector (label query) to filter on, such as key1=value1,key2!=value2",
);
export const fieldSelectorFlag = text("--field-selector <query>", "Selector (field query) to filter on");
export const allNamespacesFlag = toggle("-A, --all-namespaces", "Across all namespaces");
export const outputFlag = text("-o, --output <format>", "Output format");

export const dryRunFlag = optionalText(
  "--dry-run",
  'Must be "none", "server" or "client": only print what would be sent, or let the server only check it',
  "none",
  "unchanged",
);

export type DryRun = "none" | "client" | "server";

/** Reads `--dry-run`. @throws CliError */
export function readDryRun(value: string): DryRun {
  if (value === "none" || value === "client" || value === "server") return value;
  if (value === "unchanged")
    throw new CliError("--dry-run must be written with a value: --dry-run=client or --dry-run=server");
  throw new CliError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

/** What the server is told of a dry run. */
export function dryRunOption(dryRun: DryRun): { dryRun?: string[] } {
  return dryRun === "server" ? { dryRun: ["All"] } : {};
}

/** What follows a message in a dry run. */
export function dryRunSuffix(dryRun: DryRun): string {
  return { none: "", client: " (dry run)", server: " (server dry run)" }[dryRun];
}

export const validateFlag = optionalText(
  "--validate",
  'What is done about unknown fields: "strict", "warn" or "ignore"',
  "strict",
  "strict",
);

/** Reads `--validate`. @throws CliError */
export function readValidation(value: string): Validation {
  switch (value) {
    case "strict":
    case "true":
      return "Strict";
    case "warn":
      return "Warn";
    case "ignore":
    case "false":
      return "Ignore";
    default:
      throw new CliError(
        `invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`,
      );
  }
}
