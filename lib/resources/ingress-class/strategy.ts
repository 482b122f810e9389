import type {
  IngressClass,
  IngressClassParametersReference,
} from "../../../gen/typernetes/networking/v1/ingress_class.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { checkDomainPrefixedPath } from "../domain-prefixed-path.ts";
import { checkPathSegment } from "../object-names.ts";
import { checkDnsLabel, checkDnsSubdomain, checkOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

const controllerBytesMax = 250;

/** How classes of ingresses behave. */
export const ingressClass: Strategy<IngressClass> = {
  schema: schemaOf("networking.k8s.io", "v1", "ingressclasses"),
  defaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= "Cluster";
  },
  validate({ spec = {} }, errors) {
    checkDomainPrefixedPath(spec.controller ?? "", "spec.controller", errors);
    if ((spec.controller ?? "").length > controllerBytesMax) errors.tooLong("spec.controller", controllerBytesMax);
    if (spec.parameters) validateParameters(spec.parameters, "spec.parameters", errors);
  },
  validateUpdate(object, old, errors) {
    validateImmutable(object.spec?.controller, old.spec?.controller, "spec.controller", errors);
  },
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Controller", "Who serves the ingresses.", (it) => it.spec?.controller ?? ""),
    textColumn("Parameters", "What the controller is told.", (it) => shownParameters(it.spec?.parameters)),
    ageColumn,
  ],
};

function validateParameters(parameters: IngressClassParametersReference, path: string, errors: FieldErrors): void {
  const { apiGroup, kind, name, scope, namespace } = parameters;
  if (apiGroup !== undefined) checkDnsSubdomain(apiGroup, `${path}.apiGroup`, errors);
  checkPathSegment(kind, `${path}.kind`, errors);
  checkPathSegment(name, `${path}.name`, errors);
  checkOneOf(scope, ["Cluster", "Namespace"], `${path}.scope`, errors);
  const at = `${path}.namespace`;
  if (scope === "Cluster" && namespace !== undefined) errors.forbidden(at, "`parameters.scope` is set to 'Cluster'");
  if (scope !== "Namespace") return;
  if (namespace === undefined) errors.required(at, "`parameters.scope` is set to 'Namespace'");
  else checkDnsLabel(namespace, at, errors);
}

function shownParameters(parameters: IngressClassParametersReference | undefined): string {
  if (!parameters) return none;
  const { apiGroup, kind, name } = parameters;
  return `${kind}${apiGroup ? `.${apiGroup}` : ""}/${name}`;
}
