import type { ResourceSchema } from "../../../gen/schema.ts";
import { createdAtColumn } from "../columns.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { validatePodTemplate } from "../pod-template/validate.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepAllButStatus, keepStatus } from "../status-rules.ts";
import type { ApiObject, Strategy } from "../strategy.ts";
import { defaultBySchema, type MessageDefaults } from "./schema-defaults.ts";
import { checkBySchema, type MessageRules } from "./schema-rules.ts";

const handWrittenDefaults: MessageDefaults = { "core.v1.PodTemplateSpec": defaultPodTemplate };
const handWrittenRules: MessageRules = {
  "core.v1.PodTemplateSpec": validatePodTemplate,
  "meta.v1.LabelSelector": validateLabelSelector,
};
const ofTheServer = new Set(["metadata", "status"]);

/** What a kind that is served by its contract alone may say besides. */
export interface GenericOptions
  extends Partial<Pick<Strategy, "hasGeneration" | "selectableFields" | "columns" | "scale">> {
  /** Completes what the contract fills. */
  readonly defaults?: (object: ApiObject) => void;
  /** Rules that take the place of those for the messages they name. */
  readonly rules?: MessageRules;
}

/** The strategy of a kind for which the contract says all: required and enumerated fields, defaults, status apart. */
export function generic(group: string, version: string, plural: string, options: GenericOptions = {}): Strategy {
  const schema = schemaOf(group, version, plural);
  const { rules: ownRules, defaults: ownDefaults, ...rest } = options;
  const rules = { ...handWrittenRules, ...ownRules };
  return {
    schema,
    defaults(object) {
      defaultBySchema(schema.message, object, handWrittenDefaults);
      ownDefaults?.(object);
    },
    validate(object, errors) {
      checkBySchema(schema.message, object, "", errors, rules, ofTheServer);
    },
    hasGeneration: false,
    selectableFields: {},
    columns: [createdAtColumn],
    ...rest,
    ...(schema.subresources.includes("status") && statusApart(schema)),
  };
}

function statusApart(schema: ResourceSchema) {
  return {
    prepareForCreate: dropStatus,
    prepareForUpdate: keepStatus,
    prepareForStatusUpdate: keepAllButStatus(schema),
  };
}
