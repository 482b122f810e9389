import type { Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

/** The fields of a volume that say where it comes from. */
export type SourceName = Exclude<keyof Volume, "name">;

/** How one source of a volume is checked. */
export interface SourceRule {
  readonly name: SourceName;
  isSet(volume: Volume): boolean;
  validate(volume: Volume, path: string, errors: FieldErrors): void;
}

/** The rule of the source `name`: `check` gets it when it is there. */
export function sourceRule<N extends SourceName>(
  name: N,
  check: (source: NonNullable<Volume[N]>, path: string, errors: FieldErrors) => void,
): SourceRule {
  return {
    name,
    isSet: (volume) => volume[name] !== undefined,
    validate(volume, path, errors) {
      const source = volume[name];
      if (source !== undefined && source !== null) check(source, path, errors);
    },
  };
}
