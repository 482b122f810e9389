import type { KeyToPath } from "../../../gen/typernetes/core/v1/volume_source.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkLocalPath, checkRequired } from "../rules.ts";
import { checkFileMode } from "./file-mode.ts";

/** A key of a ConfigMap or Secret and the file that it becomes. */
export function validateKeyToPath(item: KeyToPath, path: string, errors: FieldErrors): void {
  checkRequired(item, ["key", "path"], path, errors);
  checkLocalPath(item.path ?? "", `${path}.path`, errors);
  checkFileMode(item.mode, `${path}.mode`, errors);
}
