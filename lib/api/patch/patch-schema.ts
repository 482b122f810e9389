import { type CompiledField, type CompiledMessage, compiledMessage } from "../compiled-schema.ts";

/** What the contract says about patching one member of an object. */
export interface MemberRules {
  /** What identifies the elements of the list; empty for lists of plain values. */
  readonly mergeKey: string;
  readonly strategy: "merge" | "replace";
  /** Members that a patch does not name are cleared. */
  readonly retainsKeys: boolean;
  /** The rules inside the member or inside its elements. */
  readonly inner: PatchRules;
}

/** The rules for the members of an object. */
export interface PatchRules {
  member(name: string, isList: boolean): MemberRules;
}

/** Rules where no contract reaches: objects are merged, lists replaced. */
const untyped: PatchRules = {
  member: (_, isList) => (isList ? untypedList : untypedObject),
};
const untypedObject: MemberRules = { mergeKey: "", strategy: "merge", retainsKeys: false, inner: untyped };
const untypedList: MemberRules = { ...untypedObject, strategy: "replace" };

/** The rules for objects of a message. @throws RangeError when the contracts have none. */
export function patchRulesOf(messageName: string): PatchRules {
  return messageRules(compiledMessage(messageName));
}

function messageRules(message: CompiledMessage): PatchRules {
  return {
    member: (name, isList) => {
      const field = message.fields.get(name);
      return field ? fieldRules(field, isList) : untyped.member(name, isList);
    },
  };
}

function fieldRules(field: CompiledField, isList: boolean): MemberRules {
  const strategies = (field.schema.patchStrategy ?? "").split(",");
  const inner = field.map ? mapRules(field) : field.message ? messageRules(field.message) : untyped;
  const replaces = isList ? !strategies.includes("merge") : strategies.includes("replace");
  return {
    mergeKey: field.schema.patchMergeKey ?? "",
    strategy: replaces ? "replace" : "merge",
    retainsKeys: strategies.includes("retainKeys"),
    inner,
  };
}

function mapRules(field: CompiledField): PatchRules {
  const inner = field.message ? messageRules(field.message) : untyped;
  return { member: (name, isList) => ({ ...untyped.member(name, isList), inner }) };
}
