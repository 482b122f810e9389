import type { Ingress } from "../../../gen/typernetes/networking/v1/ingress.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { someOfMany } from "../some-of-many.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { validateIngress, validateIngressStatus } from "./validate.ts";

const hostsMax = 3;

/** How ingresses behave. */
export const ingress: Strategy<Ingress> = {
  schema: schemaOf("networking.k8s.io", "v1", "ingresses"),
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateIngress,
  validateStatusUpdate: validateIngressStatus,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Class", "Class of the ingress.", (it) => it.spec?.ingressClassName ?? none),
    textColumn("Hosts", "Names for which it answers.", (it) =>
      someOfMany((it.spec?.rules ?? []).map((rule) => rule.host ?? "").filter(Boolean), hostsMax, "*"),
    ),
    textColumn("Address", "Where it is reached.", (it) =>
      (it.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").join(","),
    ),
    textColumn("Ports", "Ports on which it answers.", (it) => (it.spec?.tls?.length ? "80, 443" : "80")),
    ageColumn,
  ],
};
