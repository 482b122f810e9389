import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { createFaults, faultsOf, printed, updateFaults } from "../testing/faults.ts";
import { customResourceDefinition as strategy } from "./strategy.ts";

const schema = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: { type: "object", properties: { a: { type: "string" }, b: { type: "array", items: { type: "string" } } } },
    },
  },
};
const v1 = { name: "v1", served: true, storage: true, schema };
const v2 = { ...v1, name: "v2", storage: false };
const newDefinition = (spec: CustomResourceDefinitionSpec = {}, metadata: object = {}) => ({
  metadata: { name: "things.example.com", creationTimestamp: "2025-01-01T00:00:00Z", ...metadata },
  spec: {
    group: "example.com",
    names: { plural: "things", kind: "Thing" },
    scope: "Namespaced",
    versions: [{ ...v1 }],
    ...spec,
  },
});
const version = (changes: CustomResourceDefinitionVersion): CustomResourceDefinitionSpec => ({
  versions: [{ ...v1, ...changes }],
});
const webhook = (changes: object): CustomResourceDefinitionSpec => ({
  conversion: {
    strategy: "Webhook",
    webhook: { clientConfig: { url: "https://a" }, conversionReviewVersions: ["v1"], ...changes },
  },
});
const label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const names = (changes: object) => ({ names: { plural: "things", kind: "Thing", ...changes } });
const selectable = (...paths: string[]) => version({ selectableFields: paths.map((jsonPath) => ({ jsonPath })) });

const rules: readonly [CustomResourceDefinitionSpec, string[]][] = [
  [{}, []],
  [webhook({}), []],
  [selectable(".spec.a"), []],
  [
    names({ plural: "others" }),
    ['metadata.name: Invalid value: "things.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  [{ scope: "Any" }, ['spec.scope: Unsupported value: "Any": supported values: "Cluster", "Namespaced"']],
  [
    { preserveUnknownFields: true },
    [
      "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ],
  ],
  [
    names({ kind: "Th_ing", shortNames: ["A"], categories: ["B"] }),
    [
      `spec.names.kind: Invalid value: "Th_ing": may have mixed case, but should otherwise match: ${label}`,
      `spec.names.listKind: Invalid value: "Th_ingList": may have mixed case, but should otherwise match: ${label}`,
      `spec.names.shortNames[0]: Invalid value: "A": ${label}`,
      `spec.names.categories[0]: Invalid value: "B": ${label}`,
    ].toSpliced(0, 0, `spec.names.singular: Invalid value: "th_ing": ${label}`),
  ],
  [
    names({ listKind: "Thing" }),
    ['spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same'],
  ],
  [version({ schema: undefined }), ["spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"]],
  [version({ name: "V1" }), [`spec.versions[0].name: Invalid value: "V1": ${label}`]],
  [
    version({ deprecationWarning: "" }),
    [
      'spec.versions[0].deprecationWarning: Invalid value: "": can only be set for deprecated versions',
      'spec.versions[0].deprecationWarning: Invalid value: "": cannot be empty string',
    ],
  ],
  [
    version({ deprecated: true, deprecationWarning: "a\nb" }),
    [
      'spec.versions[0].deprecationWarning: Invalid value: "a\\nb": must only contain printable UTF-8 characters; non-printable character found at index 1',
    ],
  ],
  [
    version({ subresources: { scale: {} } }),
    [
      "spec.subresources.scale.specReplicasPath: Required value",
      "spec.subresources.scale.statusReplicasPath: Required value",
    ],
  ],
  [
    version({
      subresources: {
        scale: { specReplicasPath: "spec", statusReplicasPath: ".spec.a", labelSelectorPath: ".metadata.labels" },
      },
    }),
    [
      'spec.subresources.scale.specReplicasPath: Invalid value: "spec": must be a simple json path starting with .',
      'spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.a": should be a json path under .status',
      'spec.subresources.scale.labelSelectorPath: Invalid value: ".metadata.labels": should be a json path under either .spec or .status',
    ],
  ],
  [
    version({ additionalPrinterColumns: [{}, { name: "a", type: "b", format: "c", jsonPath: "d" }] }),
    [
      "spec.additionalPrinterColumns[0].name: Required value",
      "spec.additionalPrinterColumns[0].type: Required value: must be one of boolean,date,integer,number,string",
      "spec.additionalPrinterColumns[0].jsonPath: Required value",
      'spec.additionalPrinterColumns[1].type: Invalid value: "b": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[1].format: Invalid value: "c": must be one of byte,date,date-time,double,float,int32,int64,password',
      'spec.additionalPrinterColumns[1].jsonPath: Invalid value: "d": must be a simple json path starting with .',
    ],
  ],
  [
    selectable("", ".spec.c", ".spec.b", ".metadata.name", ".spec.a", ".spec.a"),
    [
      "spec.selectableFields[0].jsonPath: Required value",
      'spec.selectableFields[1].jsonPath: Invalid value: ".spec.c": is an invalid path: does not refer to a valid field',
      'spec.selectableFields[2].jsonPath: Invalid value: ".spec.b": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[3].jsonPath: Invalid value: ".metadata.name": must not point to fields in metadata',
      'spec.selectableFields[5].jsonPath: Duplicate value: ".spec.a"',
    ],
  ],
  [
    { conversion: { strategy: "None", webhook: { clientConfig: {}, conversionReviewVersions: ["v1"] } } },
    ["webhookClientConfig", "conversionReviewVersions"].map(
      (field) => `spec.conversion.${field}: Forbidden: should not be set when strategy is not set to Webhook`,
    ),
  ],
  [
    { conversion: { strategy: "Webhook" } },
    [
      "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
      "spec.conversion.conversionReviewVersions: Required value",
    ],
  ],
  [
    webhook({ clientConfig: {}, conversionReviewVersions: ["v2", "v2"] }),
    [
      "spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required",
      'spec.conversion.conversionReviewVersions[1]: Invalid value: "v2": duplicate version',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of definitions of kinds: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newDefinition(spec)), expected);
  });

test("one version is stored, and all are called differently", () => {
  const last = (...versions: CustomResourceDefinitionVersion[]) => createFaults(strategy, newDefinition({ versions }));
  assert.match(last(v1, { ...v2, name: "v1" })[0] ?? "", /^spec.versions: .*: must contain unique version names$/);
  for (const versions of [[v1, { ...v2, storage: true }], [v2]])
    assert.match(
      last(...versions)[0] ?? "",
      /^spec.versions: .*: must have exactly one version marked as storage version$/,
    );
  const columns = [{ type: "string", jsonPath: ".a" }];
  assert.deepEqual(last({ ...v1, additionalPrinterColumns: columns }, v2), [
    "spec.versions[0].additionalPrinterColumns[0].name: Required value",
  ]);
});

test("a group is a domain, and Kubernetes' own need an approval", () => {
  const faults = (group: string, annotations = {}) =>
    createFaults(strategy, newDefinition({ group }, { name: `things.${group}`, annotations }));
  assert.deepEqual(faults("local"), ['spec.group: Invalid value: "local": should be a domain with at least one dot']);
  const annotation = "metadata.annotations[api-approved.kubernetes.io]";
  const must = 'protected groups must have approval annotation "api-approved.kubernetes.io"';
  const see = "see https://github.com/kubernetes/enhancements/pull/1111";
  assert.deepEqual(faults("a.k8s.io"), [`${annotation}: Required value: ${must}, ${see}`]);
  const approved = (text: string) => faults("a.k8s.io", { "api-approved.kubernetes.io": text });
  assert.deepEqual(approved("yes"), [
    `${annotation}: Invalid value: "yes": ${must} with either a URL or a reason starting with "unapproved", ${see}`,
  ]);
  assert.deepEqual(approved("unapproved, an experiment"), []);
  assert.deepEqual(approved("https://example.com/1"), []);
});

test("what a definition does not say", () => {
  const object = newDefinition();
  strategy.defaults?.(object);
  strategy.prepareForCreate?.(object);
  assert.deepEqual(object, {
    ...newDefinition(),
    spec: {
      ...newDefinition().spec,
      names: { plural: "things", kind: "Thing", singular: "thing", listKind: "ThingList" },
      conversion: { strategy: "None" },
    },
    status: { storedVersions: ["v1"] },
  });
});

test("versions that were stored stay; another one is remembered", () => {
  const old = { ...newDefinition(), status: { storedVersions: ["v1"] } };
  const moved = newDefinition({
    versions: [
      { ...v1, storage: false },
      { ...v2, storage: true },
    ],
  });
  assert.deepEqual(updateFaults(strategy, moved, old), []);
  assert.deepEqual(moved, { ...moved, status: { storedVersions: ["v1", "v2"] } });
  const gone =
    "missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions";
  assert.deepEqual(updateFaults(strategy, newDefinition({ versions: [{ ...v2, storage: true }] }), old), [
    `status.storedVersions[0]: Invalid value: "v1": ${gone}`,
  ]);
  assert.deepEqual(
    faultsOf((errors) => strategy.validateStatusUpdate?.(newDefinition(), old, errors)),
    ["status.storedVersions: Invalid value: []: must have at least one stored version"],
  );
});

test("what a kind is does not change once it is served", () => {
  const established = [{ type: "Established", status: "True" }];
  const change = (conditions: { type: string; status: string }[]) =>
    updateFaults(strategy, newDefinition({ scope: "Cluster", ...names({ kind: "Other" }) }), {
      ...newDefinition(),
      status: { conditions, storedVersions: ["v1"] },
    });
  assert.deepEqual(change([]), []);
  assert.deepEqual(change(established), [
    'spec.scope: Invalid value: "Cluster": field is immutable',
    'spec.names.kind: Invalid value: "Other": field is immutable',
  ]);
  assert.equal(printed(strategy, newDefinition(), 0), "Created At=2025-01-01T00:00:00Z | ");
});
