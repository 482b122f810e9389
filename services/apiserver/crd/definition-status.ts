import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { findCondition, withCondition } from "../../../lib/api/conditions.ts";
import { deepEqual } from "../../../lib/api/deep.ts";

/** Groups that belong to the Kubernetes project: what is defined in them says who approved of it. */
const protectedGroup = /(^|\.)(k8s|kubernetes)\.io$/;
const approvalAnnotation = "api-approved.kubernetes.io";

type Conditions = readonly CustomResourceDefinitionCondition[];

interface NameConflict {
  reason: string;
  message: string;
}

/**
 * The status that a definition should have beside the `others` of its group, which were there before: its names, as far as
 * nobody else has them, and whether it is served. The status itself is answered when it is right already.
 */
export function definitionStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinitionStatus {
  const { spec, status = {} } = definition;
  const { accepted, conflict } = acceptNames(definition, others);
  let conditions: Conditions = withCondition(status.conditions, namesCondition(conflict), now);
  conditions = withEstablished(conditions, conflict, now);
  const approval = approvalCondition(definition);
  if (approval) conditions = withCondition(conditions, approval, now);
  const storage = spec?.versions?.find((version) => version.storage)?.name;
  const stored = status.storedVersions ?? [];
  const storedVersions = storage && !stored.includes(storage) ? [...stored, storage] : stored;
  const wanted = { ...status, conditions: [...conditions], acceptedNames: accepted, storedVersions };
  return deepEqual(wanted, status) ? status : wanted;
}

function namesCondition(conflict: NameConflict | undefined): CustomResourceDefinitionCondition {
  return conflict
    ? { type: "NamesAccepted", status: "False", ...conflict }
    : { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
}

/** What was established once stays so. */
function withEstablished(conditions: Conditions, conflict: NameConflict | undefined, now: string): Conditions {
  if (findCondition(conditions, "Established")?.status === "True") return conditions;
  const established: CustomResourceDefinitionCondition = conflict
    ? { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" }
    : {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      };
  return withCondition(conditions, established, now);
}

function approvalCondition({
  metadata,
  spec,
}: CustomResourceDefinition): CustomResourceDefinitionCondition | undefined {
  if (!protectedGroup.test(spec?.group ?? "")) return undefined;
  const value = metadata?.annotations?.[approvalAnnotation];
  const type = "KubernetesAPIApprovalPolicyConformant";
  if (value === undefined)
    return {
      type,
      status: "False",
      reason: "MissingAnnotation",
      message: `protected groups must have approval annotation "${approvalAnnotation}", see https://github.com/kubernetes/enhancements/pull/1111`,
    };
  if (value.startsWith("unapproved"))
    return { type, status: "False", reason: "UnapprovedAnnotation", message: `not approved: ${JSON.stringify(value)}` };
  if (URL.canParse(value))
    return { type, status: "True", reason: "ApprovedAnnotation", message: `approved in ${value}` };
  return {
    type,
    status: "False",
    reason: "InvalidAnnotation",
    message: `protected groups must have approval annotation "${approvalAnnotation}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`,
  };
}

/** Names that nobody else has are taken; of those that somebody has, the ones accepted before are kept. */
function acceptNames(
  { spec, status }: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
): { accepted: CustomResourceDefinitionNames; conflict: NameConflict | undefined } {
  const wanted = spec?.names ?? {};
  const before = status?.acceptedNames ?? {};
  const takenNames = new Set<string>();
  const takenKinds = new Set<string>();
  for (const { status: { acceptedNames: names } = {} } of others) {
    for (const name of [names?.plural, names?.singular, ...(names?.shortNames ?? [])]) if (name) takenNames.add(name);
    for (const kind of [names?.kind, names?.listKind]) if (kind) takenKinds.add(kind);
  }
  const conflicts: NameConflict[] = [];
  const accepted: CustomResourceDefinitionNames = { plural: "", kind: "", ...before };
  const take = (field: "plural" | "singular" | "kind" | "listKind", taken: ReadonlySet<string>, reason: string) => {
    const name = wanted[field];
    if (name && taken.has(name)) conflicts.push({ reason, message: `${JSON.stringify(name)} is already in use` });
    else if (name) accepted[field] = name;
  };
  take("plural", takenNames, "PluralConflict");
  take("singular", takenNames, "SingularConflict");
  const shortConflicts = (wanted.shortNames ?? []).filter((name) => takenNames.has(name));
  if (shortConflicts.length > 0) {
    const message = shortConflicts.map((name) => `${JSON.stringify(name)} is already in use`).join(", ");
    conflicts.push({ reason: "ShortNamesConflict", message: shortConflicts.length > 1 ? `[${message}]` : message });
  } else setList(accepted, "shortNames", wanted.shortNames);
  take("kind", takenKinds, "KindConflict");
  take("listKind", takenKinds, "ListKindConflict");
  setList(accepted, "categories", wanted.categories);
  return { accepted, conflict: conflicts.at(-1) };
}

function setList(
  names: CustomResourceDefinitionNames,
  field: "shortNames" | "categories",
  values: string[] | undefined,
): void {
  if (values?.length) names[field] = values;
  else delete names[field];
}
