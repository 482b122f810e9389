import {
  type DescExtension,
  type DescField,
  type DescMessage,
  type FileRegistry,
  getExtension,
  hasExtension,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";

/** Values of a custom option: only what differs from its zero value. */
export type RuleValues = Record<string, unknown>;

/** Reads this project's custom options from descriptors. */
export interface Rules {
  field(field: DescField): RuleValues;
  resource(message: DescMessage): RuleValues | undefined;
  /** `PLAIN_JSON`, `PLAIN_INT_OR_STRING`, `PLAIN_STRING_LIST`, or undefined for an ordinary message. */
  plain(message: DescMessage): string | undefined;
}

export const packageRoot = "typernetes.";

/** Finds the options of `proto/typernetes/meta/v1/rules.proto` in the registry. @throws Error when they are missing. */
export function readRules(registry: FileRegistry): Rules {
  const find = (name: string): DescExtension => {
    const extension = registry.getExtension(`${packageRoot}meta.v1.${name}`);
    if (!extension) throw new Error(`the contracts do not define the option ${name}`);
    return extension;
  };
  const [fieldOption, resourceOption, plainOption] = [find("field"), find("resource"), find("plain")];
  const plainForms = registry.getEnum(`${packageRoot}meta.v1.PlainForm`);
  return {
    field: (field) => {
      const options = field.proto.options;
      return options && hasExtension(options, fieldOption)
        ? values(fieldOption, getExtension(options, fieldOption))
        : {};
    },
    resource: (message) => {
      const options = message.proto.options;
      if (!options || !hasExtension(options, resourceOption)) return undefined;
      return values(resourceOption, getExtension(options, resourceOption));
    },
    plain: (message) => {
      const options = message.proto.options;
      if (!options || !hasExtension(options, plainOption)) return undefined;
      const number = getExtension(options, plainOption);
      return plainForms?.values.find((value) => value.number === number)?.name;
    },
  };
}

function values(extension: DescExtension, message: unknown): RuleValues {
  if (!extension.message) throw new Error(`${extension.typeName} is not a message option`);
  const reflected = reflect(extension.message, message as never);
  const result: RuleValues = {};
  for (const field of extension.message.fields) {
    if (!reflected.isSet(field)) continue;
    const value: unknown = reflected.get(field as never);
    if (field.fieldKind === "list") result[field.name] = Array.from(value as Iterable<unknown>);
    else if (field.fieldKind === "enum") result[field.name] = field.enum.values.find((v) => v.number === value)?.name;
    else result[field.name] = value;
  }
  return result;
}
