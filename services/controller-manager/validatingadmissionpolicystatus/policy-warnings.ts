import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
} from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import { type ResourceInfo, resourceByKind, resourceByPlural } from "../../../lib/api/resource-info.ts";
import { CelCompileError, type Compile, compilerFor } from "../../../lib/cel/compile.ts";
import { objectTypes } from "./object-types.ts";

/** Of so many kinds the types are looked at. */
const kindsMax = 5;
const untyped = ["request", "namespaceObject", "authorizer", "variables"];

/** What is wrong with a policy's expressions, by the types of the kinds that its rules name; nothing for kinds without a contract. */
export function policyWarnings({ spec = {} }: ValidatingAdmissionPolicy): ExpressionWarning[] {
  const { apiVersion = "", kind = "" } = spec.paramKind ?? {};
  const params = resourceByKind(apiVersion, kind);
  const checked = kindsOf(spec.matchConstraints?.resourceRules ?? []).map((info) => ({
    name: `${info.group}/${info.version}, Kind=${info.kind}`,
    compile: compileFor(info, params),
  }));
  const warning = (fieldRef: string, source: string | undefined, result: "bool" | "string"): ExpressionWarning[] => {
    const faults = checked.flatMap(({ name, compile }) => {
      const fault = source?.trim() ? faultOf(compile, source, result) : undefined;
      return fault === undefined ? [] : [`${name}: ${fault}`];
    });
    return faults.length > 0 ? [{ fieldRef, warning: faults.join("\n") }] : [];
  };
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => [
    ...warning(`spec.validations[${index}].expression`, expression, "bool"),
    ...warning(`spec.validations[${index}].messageExpression`, messageExpression, "string"),
  ]);
}

/** The kinds that rules name, without those that stand for several. */
function kindsOf(rules: readonly NamedRuleWithOperations[]): ResourceInfo[] {
  const found = new Set<ResourceInfo>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules)
    for (const group of apiGroups)
      for (const version of apiVersions)
        for (const plural of resources) {
          const info = resourceByPlural(group, version, plural);
          if (info) found.add(info);
        }
  const all = [...found].sort((left, right) => (left.qualifiedName < right.qualifiedName ? -1 : 1));
  return all.slice(0, kindsMax);
}

function compileFor(info: ResourceInfo, params: ResourceInfo | undefined): Compile {
  const types = new Map([...(params ? objectTypes(params.message) : []), ...objectTypes(info.message)]);
  return compilerFor(types)({
    ...Object.fromEntries(untyped.map((name) => [name, "dyn"])),
    ...{ object: info.message, oldObject: info.message, params: params?.message ?? "dyn" },
  });
}

function faultOf(compile: Compile, source: string, result: "bool" | "string"): string | undefined {
  try {
    compile(source, result);
    return undefined;
  } catch (error) {
    if (error instanceof CelCompileError) return error.message.replace(/^compilation failed: /, "");
    throw error;
  }
}
