import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from "../../../gen/typernetes/authorization/v1/local_subject_access_review.ts";
import type { SelfSubjectAccessReview } from "../../../gen/typernetes/authorization/v1/self_subject_access_review.ts";
import type { SubjectAccessReview } from "../../../gen/typernetes/authorization/v1/subject_access_review.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import { decide } from "../auth/authorise.ts";
import type { Attributes } from "../auth/authoriser.ts";
import { reviewedSelectors } from "../auth/selector-attributes.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";

const apiVersion = "authorization.k8s.io/v1";

/** Says whether somebody may do something. */
export async function reviewSubjectAccess(
  core: Core,
  review: SubjectAccessReview | undefined,
): Promise<SubjectAccessReview> {
  const spec = specOf(review);
  validate("SubjectAccessReview", spec, subjectErrors(spec));
  const status = await statusOf(core, identityOf(spec), spec);
  return { ...review, apiVersion, kind: "SubjectAccessReview", status };
}

/** As `reviewSubjectAccess`, in one namespace. */
export async function reviewLocalSubjectAccess(
  core: Core,
  namespace: string | undefined,
  review: LocalSubjectAccessReview | undefined,
): Promise<LocalSubjectAccessReview> {
  const spec = specOf(review);
  const errors = subjectErrors(spec);
  if (spec.nonResourceAttributes) {
    errors.invalid("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request");
  } else if (spec.resourceAttributes && (spec.resourceAttributes.namespace ?? "") !== (namespace ?? "")) {
    errors.invalid(
      "spec.resourceAttributes.namespace",
      spec.resourceAttributes.namespace ?? "",
      "must match metadata.namespace",
    );
  }
  validate("LocalSubjectAccessReview", spec, errors);
  const status = await statusOf(core, identityOf(spec), spec);
  return { ...review, apiVersion, kind: "LocalSubjectAccessReview", status };
}

/** Says whether the caller may do something. */
export async function reviewOwnAccess(
  core: Core,
  review: SelfSubjectAccessReview | undefined,
  { identity }: Caller,
): Promise<SelfSubjectAccessReview> {
  const spec = specOf(review);
  validate("SelfSubjectAccessReview", spec, new FieldErrors());
  return { ...review, apiVersion, kind: "SelfSubjectAccessReview", status: await statusOf(core, identity, spec) };
}

interface AskedAccess {
  resourceAttributes?: ResourceAttributes | undefined;
  nonResourceAttributes?: NonResourceAttributes | undefined;
}

function specOf<S extends AskedAccess>(review: { spec?: S | undefined } | undefined): S {
  if (!review?.spec) throw badRequest("the request has no spec");
  return review.spec;
}

function subjectErrors({ user, groups }: SubjectAccessReviewSpec): FieldErrors {
  const errors = new FieldErrors();
  if (!user && !groups?.length) errors.required("spec.user", "at least one of user or group must be specified");
  return errors;
}

function validate(kind: string, spec: AskedAccess, errors: FieldErrors): void {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes && nonResourceAttributes) {
    errors.invalid(
      "spec.nonResourceAttributes",
      nonResourceAttributes,
      "cannot be specified in combination with resourceAttributes",
    );
  } else if (!resourceAttributes && !nonResourceAttributes) {
    errors.invalid(
      "spec.resourceAttributes",
      null,
      "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    );
  }
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  if (fieldSelector) validateSelector(fieldSelector, "spec.resourceAttributes.fieldSelector", errors);
  if (labelSelector) validateSelector(labelSelector, "spec.resourceAttributes.labelSelector", errors);
  const error = errors.toError({ group: "authorization.k8s.io", kind, name: "" });
  if (error) throw error;
}

/** Operators that nobody here knows are let pass: they limit more than is understood, never less. */
function validateSelector(
  { rawSelector, requirements = [] }: FieldSelectorAttributes & LabelSelectorAttributes,
  path: string,
  errors: FieldErrors,
): void {
  if (rawSelector && requirements.length > 0) {
    errors.invalid(`${path}.rawSelector`, rawSelector, "may not specified at the same time as requirements");
  } else if (!rawSelector && requirements.length === 0) {
    errors.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`);
  }
  for (const [index, { key, operator, values = [] }] of requirements.entries()) {
    const at = `${path}.requirements[${index}]`;
    if (!key) errors.required(`${at}.key`, "must be specified");
    const takesValues = operator === "In" || operator === "NotIn";
    if (takesValues && values.length === 0) {
      errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if ((operator === "Exists" || operator === "DoesNotExist") && values.length > 0) {
      errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  }
}

function identityOf({ user = "", groups = [], uid, extra }: SubjectAccessReviewSpec): Identity {
  return { user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

async function statusOf(core: Core, identity: Identity, spec: AskedAccess): Promise<SubjectAccessReviewStatus> {
  const { selectors, faults } = reviewedSelectors(spec.resourceAttributes ?? {});
  const attributes = { ...attributesOf(spec), ...selectors };
  const { verdict, reason } = await decide(core.access.authorisers, identity, attributes);
  return {
    allowed: verdict === "allow",
    ...(verdict === "deny" && { denied: true }),
    ...(reason && { reason }),
    ...(faults.length > 0 && { evaluationError: faults.join(", ") }),
  };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: AskedAccess): Attributes {
  if (nonResourceAttributes) {
    const { path = "", verb = "" } = nonResourceAttributes;
    return { path, verb };
  }
  const { verb = "", group = "", version = "", resource = "", subresource, namespace, name } = resourceAttributes ?? {};
  return {
    ...{ verb, group, version, resource },
    subresource: subresource || undefined,
    namespace: namespace || undefined,
    name: name || undefined,
  };
}
