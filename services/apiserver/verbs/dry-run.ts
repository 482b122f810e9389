import { badRequest } from "../errors.ts";

/** Whether a request is only tried out. @throws StatusError `BadRequest` for any other value than `All`. */
export function isDryRun(options: { dryRun?: string[] | undefined } | undefined): boolean {
  const values = options?.dryRun ?? [];
  for (const value of values) {
    if (value !== "All")
      throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
  }
  return values.length > 0;
}
