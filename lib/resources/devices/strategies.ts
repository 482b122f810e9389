import type { DeviceClass } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { ResourceClaimTemplate } from "../../../gen/typernetes/resource/v1/resource_claim_template.ts";
import type { ResourceSlice } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import { deepEqual } from "../../api/deep.ts";
import { validateAnnotations, validateImmutable, validateLabels } from "../../api/object-meta.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { isExtendedResource } from "../pod-template/resource-names.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";
import { eachWithin } from "./each-within.ts";
import { defaultClaimSpec, validateClaimSpec } from "./validate-claim.ts";
import { validateClaimStatus } from "./validate-claim-status.ts";
import { validateConfiguration, validateSelectors } from "./validate-selectors.ts";
import { validateSliceSpec, validateSliceUpdate } from "./validate-slice.ts";

const group = "resource.k8s.io";
const configurationsMax = 32;

/** How classes of devices behave. */
export const deviceClass: Strategy<DeviceClass> = {
  schema: schemaOf(group, "v1", "deviceclasses"),
  validate({ spec = {} }, errors, old) {
    validateSelectors(spec.selectors, "spec.selectors", errors, deepEqual(spec.selectors, old?.spec?.selectors));
    eachWithin(spec.config, configurationsMax, "spec.config", errors, (configuration, at) =>
      validateConfiguration(configuration, at, errors),
    );
    const { extendedResourceName: name } = spec;
    if (name !== undefined && !isExtendedResource(name))
      errors.invalid("spec.extendedResourceName", name, "must be a valid extended resource name");
  },
  hasGeneration: true,
  selectableFields: {},
  columns: [ageColumn],
};

/** How claims on devices behave. */
export const resourceClaim: Strategy<ResourceClaim> = {
  schema: schemaOf(group, "v1", "resourceclaims"),
  defaults: ({ spec }) => defaultClaimSpec(spec),
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: ({ spec = {} }, errors, old) => validateClaimSpec(spec, "spec", errors, old !== undefined),
  validateUpdate: (object, old, errors) => validateImmutable(object.spec, old.spec, "spec", errors),
  validateStatusUpdate: validateClaimStatus,
  hasGeneration: false,
  selectableFields: {},
  columns: [textColumn("State", "Whether the claim has its devices.", claimState), ageColumn],
};

/** How templates of claims behave. */
export const resourceClaimTemplate: Strategy<ResourceClaimTemplate> = {
  schema: schemaOf(group, "v1", "resourceclaimtemplates"),
  defaults: ({ spec }) => defaultClaimSpec(spec?.spec),
  validate({ spec = {} }, errors, old) {
    validateLabels(spec.metadata?.labels, "spec.metadata.labels", errors);
    validateAnnotations(spec.metadata?.annotations, "spec.metadata.annotations", errors);
    validateClaimSpec(spec.spec ?? {}, "spec.spec", errors, old !== undefined);
  },
  validateUpdate: (object, old, errors) => validateImmutable(object.spec, old.spec, "spec", errors),
  hasGeneration: false,
  selectableFields: {},
  columns: [ageColumn],
};

/** How lists of the devices that a driver offers behave. */
export const resourceSlice: Strategy<ResourceSlice> = {
  schema: schemaOf(group, "v1", "resourceslices"),
  validate: ({ spec = {} }, errors) => validateSliceSpec(spec, "spec", errors),
  validateUpdate: (object, old, errors) => validateSliceUpdate(object.spec ?? {}, old.spec ?? {}, errors),
  hasGeneration: true,
  selectableFields: {
    "spec.nodeName": (it) => it.spec?.nodeName ?? "",
    "spec.driver": (it) => it.spec?.driver ?? "",
  },
  columns: [
    textColumn("Node", "Where the devices are.", (it) => it.spec?.nodeName ?? unset),
    textColumn("Driver", "The driver.", (it) => it.spec?.driver ?? ""),
    textColumn("Pool", "The pool to which the devices belong.", (it) => it.spec?.pool?.name ?? ""),
    ageColumn,
  ],
};

function claimState({ metadata, status }: ResourceClaim): string {
  const states = metadata?.deletionTimestamp ? ["deleted"] : [];
  if (status?.allocation) states.push("allocated", ...(status.reservedFor?.length ? ["reserved"] : []));
  else if (states.length === 0) states.push("pending");
  return states.join(",");
}
