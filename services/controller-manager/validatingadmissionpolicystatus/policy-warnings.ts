import { setImmediate } from "node:timers/promises";
import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
} from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import { type ResourceInfo, resourceByKind, resourceByPlural } from "../../../lib/api/resource-info.ts";
import { CelCompileError, type Compile, compilerFor } from "../../../lib/cel/compile.ts";
import { objectTypes } from "./object-types.ts";

/** Of so many kinds the types are looked at. */
const kindsMax = 5;
const untyped = ["request", "namespaceObject", "authorizer", "variables"];

interface Placed {
  readonly fieldRef: string;
  readonly source: string;
  readonly result: "bool" | "string";
}

/** What is wrong with a policy's expressions, by the types of the kinds that its rules name; nothing for kinds without a contract. */
export async function policyWarnings({ spec = {} }: ValidatingAdmissionPolicy): Promise<ExpressionWarning[]> {
  const { apiVersion = "", kind = "" } = spec.paramKind ?? {};
  const params = resourceByKind(apiVersion, kind);
  const expressions = expressionsOf(spec);
  const warnings = new Map<string, string[]>();
  for (const info of kindsOf(spec.matchConstraints?.resourceRules ?? [])) {
    const compile = compileFor(info, params);
    for (const { fieldRef, source, result } of expressions) {
      const fault = faultOf(compile, source, result);
      if (fault === undefined) continue;
      const text = `${info.group}/${info.version}, Kind=${info.kind}: ${fault}`;
      warnings.set(fieldRef, [...(warnings.get(fieldRef) ?? []), text]);
    }
    // A kind may have hundreds of types: others have their turn between two kinds.
    await setImmediate();
  }
  return expressions.flatMap(({ fieldRef }) => {
    const warning = warnings.get(fieldRef)?.join("\n");
    return warning === undefined ? [] : [{ fieldRef, warning }];
  });
}

function expressionsOf({ validations = [] }: ValidatingAdmissionPolicySpec): Placed[] {
  const all = validations.flatMap(({ expression = "", messageExpression = "" }, index): Placed[] => [
    { fieldRef: `spec.validations[${index}].expression`, source: expression, result: "bool" },
    { fieldRef: `spec.validations[${index}].messageExpression`, source: messageExpression, result: "string" },
  ]);
  return all.filter(({ source }) => source.trim());
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
