import type {
  AuditAnnotation,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1035Label, dns1123Subdomain } from "../../api/names.ts";
import { failurePolicies } from "../admission-rules.ts";
import { validateMatchConditions } from "../match-conditions.ts";
import { checkOneOf, checkOptionalOneOf, checkQualifiedName } from "../rules.ts";
import { validateMatchResources } from "./match-resources.ts";

const annotationsMax = 20;
const annotationExpressionBytesMax = 5 * 1024;
const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const oneIsNeeded = "validations or auditAnnotations must contain at least one item";
const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved = new Set(
  "in,as,break,const,continue,else,false,for,function,if,import,let,loop,package,namespace,null,return,true,var,void,while".split(
    ",",
  ),
);

/** Checks what a policy is made of. Its expressions are compiled by who evaluates them. */
export function validatePolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy, errors: FieldErrors): void {
  checkOneOf(spec.failurePolicy, failurePolicies, "spec.failurePolicy", errors);
  if (spec.paramKind) validateParamKind(spec.paramKind, "spec.paramKind", errors);
  if (!spec.matchConstraints) errors.required("spec.matchConstraints");
  else {
    validateMatchResources(spec.matchConstraints, "spec.matchConstraints", errors);
    if (!spec.matchConstraints.resourceRules?.length) errors.required("spec.matchConstraints.resourceRules");
  }
  validateMatchConditions(spec.matchConditions ?? [], "spec.matchConditions", errors);
  for (const [index, variable] of (spec.variables ?? []).entries())
    validateVariable(variable, `spec.variables[${index}]`, errors);
  validateJudgements(spec, metadata?.name ?? "", errors);
}

/** Checks the kind of a policy's parameters. */
export function validateParamKind({ apiVersion = "", kind = "" }: ParamKind, path: string, errors: FieldErrors): void {
  if (!apiVersion) errors.required(`${path}.apiVersion`);
  else validateGroupVersion(apiVersion, `${path}.apiVersion`, errors);
  const messages = dns1035Label(kind.toLowerCase());
  if (!kind) errors.required(`${path}.kind`);
  else if (messages.length > 0)
    errors.invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${messages.join(",")}`);
}

function validateGroupVersion(apiVersion: string, path: string, errors: FieldErrors): void {
  const parts = apiVersion.split("/");
  if (parts.length > 2) {
    errors.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
    return;
  }
  const version = parts.at(-1) ?? "";
  const group = parts.length === 2 ? (parts[0] ?? "") : "";
  const inGroup = group ? dns1123Subdomain(group) : [];
  if (inGroup.length > 0) errors.invalid(path, group, inGroup.join(","));
  const inVersion = dns1035Label(version);
  if (!version) errors.invalid(path, apiVersion, "version must be specified");
  else if (inVersion.length > 0) errors.invalid(path, version, inVersion.join(","));
}

/** Checks an expression that a policy names. */
export function validateVariable({ name = "", expression = "" }: Variable, path: string, errors: FieldErrors): void {
  if (!name.trim()) errors.required(`${path}.name`, "name is not specified");
  else if (!identifier.test(name) || reserved.has(name))
    errors.invalid(`${path}.name`, name, "name is not a valid CEL identifier");
  if (!expression.trim()) errors.required(`${path}.expression`, "expression is not specified");
}

function validateJudgements(spec: ValidatingAdmissionPolicySpec, name: string, errors: FieldErrors): void {
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length + auditAnnotations.length === 0) {
    for (const field of ["validations", "auditAnnotations"]) errors.required(`spec.${field}`, oneIsNeeded);
    return;
  }
  for (const [index, validation] of validations.entries())
    validateValidation(validation, `spec.validations[${index}]`, errors);
  if (auditAnnotations.length > annotationsMax)
    errors.invalid(
      "spec.auditAnnotations",
      auditAnnotations,
      `must not have more than ${annotationsMax} auditAnnotations`,
    );
  const keys = auditAnnotations.map(({ key = "" }) => key);
  for (const [index, annotation] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${index}]`;
    validateAnnotation(annotation, name, at, errors);
    const { key = "" } = annotation;
    if (keys.indexOf(key) < index) errors.duplicate(`${at}.key`, key);
  }
}

function validateValidation(validation: Validation, path: string, errors: FieldErrors): void {
  const { expression = "", message = "", messageExpression = "", reason } = validation;
  if (!expression.trim()) errors.required(`${path}.expression`, "expression is not specified");
  if (messageExpression && !messageExpression.trim())
    errors.invalid(`${path}.messageExpression`, messageExpression, "must be non-empty if specified");
  if (message && !message.trim()) errors.invalid(`${path}.message`, message, "message must be non-empty if specified");
  else if (hasLineBreak(message)) errors.invalid(`${path}.message`, message, "message must not contain line breaks");
  else if (hasLineBreak(expression) && !message)
    errors.required(`${path}.message`, "message must be specified if expression contains line breaks");
  checkOptionalOneOf(reason, reasons, `${path}.reason`, errors);
}

function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text.trim());
}

/** An annotation is written under the name of its policy. */
function validateAnnotation(
  { key = "", valueExpression = "" }: AuditAnnotation,
  policy: string,
  path: string,
  errors: FieldErrors,
): void {
  if (policy) checkQualifiedName(`${policy}/${key}`, `${path}.key`, errors);
  const expression = valueExpression.trim();
  if (!expression) errors.required(`${path}.valueExpression`, "valueExpression is not specified");
  else if (expression.length > annotationExpressionBytesMax)
    errors.required(`${path}.valueExpression`, `must not exceed ${annotationExpressionBytesMax} bytes in length`);
}
