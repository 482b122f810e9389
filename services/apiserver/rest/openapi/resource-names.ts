import type { ResourceSchema } from "../../../../gen/schema.ts";
import { messageNamed } from "../../../../lib/api/message-of-kind.ts";
import { customDefinitionName, definitionName } from "../../../../lib/api/openapi/definition-names.ts";
import type { ServedResource } from "../../served-resources.ts";

const root = "#/definitions/";

/** How documents call a group's version: in the names of operations, and in tags. */
export function groupNames({ group, version }: Pick<ResourceSchema, "group" | "version">): {
  prefix: string;
  tag: string;
} {
  const plain = (group || "core").replace(/\.k8s\.io$/, "");
  const words = plain.split(/[.-]/);
  const prefix = words.map(capitalised).join("") + capitalised(version);
  return { prefix, tag: `${words.map((word, index) => (index ? capitalised(word) : word)).join("")}_${version}` };
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The definition of a served kind. */
export function definitionOfKind({ schema, isCustom }: Pick<ServedResource, "schema" | "isCustom">): string {
  const { group, version, kind, message } = schema;
  return isCustom ? customDefinitionName(group, version, kind) : definitionName(message);
}

/** The definition of a served kind's lists. */
export function definitionOfList(served: Pick<ServedResource, "schema" | "isCustom" | "listKind">): string {
  const { schema, isCustom, listKind } = served;
  const kind = listKind ?? `${schema.kind}List`;
  if (isCustom) return customDefinitionName(schema.group, schema.version, kind);
  return definitionName(`${schema.message}List`);
}

/** A reference to what a message is in OpenAPI, as in the form of v2. */
export function messageRef(message: string): string {
  return root + definitionName(message);
}

export function refTo(definition: string): string {
  return root + definition;
}

/** A reference to another kind of the contracts; undefined when they have none. */
export function kindRef(group: string, version: string, kind: string): string | undefined {
  const message = messageNamed(group, version, kind);
  return message === undefined ? undefined : messageRef(message);
}
