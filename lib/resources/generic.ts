import type { ResourceSchema } from "../../gen/schema.ts";
import { defaultPodTemplate } from "./pod-template/defaults.ts";
import { defaultBySchema, type MessageDefaults } from "./schema-defaults.ts";
import { schemaOf } from "./schema-of.ts";
import { checkBySchema, type MessageRules } from "./schema-rules.ts";
import { dropStatus, keepAllButStatus, keepStatus } from "./status-rules.ts";
import type { Strategy } from "./strategy.ts";

const handWrittenDefaults: MessageDefaults = { "core.v1.PodTemplateSpec": defaultPodTemplate };
const handWrittenRules: MessageRules = {};
const ofTheServer = new Set(["metadata", "status"]);

/** What a kind that is served by its contract alone may say besides. */
export type GenericOptions = Partial<Pick<Strategy, "hasGeneration" | "columns" | "scale">>;

/** The strategy of a kind for which the contract says all: required and enumerated fields, defaults, status apart. */
export function generic(group: string, version: string, plural: string, options: GenericOptions = {}): Strategy {
  const schema = schemaOf(group, version, plural);
  return {
    schema,
    defaults: (object) => defaultBySchema(schema.message, object, handWrittenDefaults),
    validate(object, errors) {
      checkBySchema(schema.message, object, "", errors, handWrittenRules, ofTheServer);
    },
    hasGeneration: schema.subresources.includes("status"),
    selectableFields: {},
    columns: [],
    ...options,
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
