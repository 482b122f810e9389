import type { ClusterRole } from "../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { Role } from "../../../gen/typernetes/rbac/v1/role.ts";
import { pathSegmentName } from "../../api/names.ts";
import { createdAtColumn } from "../columns.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { type Binding, bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from "./binding.ts";
import { validatePolicyRules } from "./validate-rules.ts";

const group = "rbac.authorization.k8s.io";

/** How roles of a namespace behave. */
export const role: Strategy<Role> = {
  schema: schemaOf(group, "v1", "roles"),
  nameRule: pathSegmentName,
  validate: (object, errors) => validatePolicyRules(object.rules ?? [], true, errors),
  hasGeneration: false,
  selectableFields: {},
  columns: [createdAtColumn],
};

/** How roles of the whole cluster behave. */
export const clusterRole: Strategy<ClusterRole> = {
  schema: schemaOf(group, "v1", "clusterroles"),
  nameRule: pathSegmentName,
  validate({ rules = [], aggregationRule }, errors) {
    validatePolicyRules(rules, false, errors);
    if (!aggregationRule) return;
    const selectors = aggregationRule.clusterRoleSelectors ?? [];
    const path = "aggregationRule.clusterRoleSelectors";
    if (selectors.length === 0)
      errors.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
    for (const [index, selector] of selectors.entries()) validateLabelSelector(selector, `${path}[${index}]`, errors);
  },
  hasGeneration: false,
  selectableFields: {},
  columns: [createdAtColumn],
};

/** How bindings in a namespace behave. */
export const roleBinding: Strategy<Binding> = bindings("rolebindings", ["Role", "ClusterRole"]);
/** How bindings in the whole cluster behave. */
export const clusterRoleBinding: Strategy<Binding> = bindings("clusterrolebindings", ["ClusterRole"]);

function bindings(plural: string, roleKinds: readonly string[]): Strategy<Binding> {
  return {
    schema: schemaOf(group, "v1", plural),
    nameRule: pathSegmentName,
    defaults: defaultBinding,
    validate: (object, errors) => validateBinding(object, roleKinds, errors),
    validateUpdate: validateBindingUpdate,
    hasGeneration: false,
    selectableFields: {},
    columns: bindingColumns,
  };
}
