import assert from "node:assert/strict";
import { test } from "node:test";
import { csiDriver } from "./csi-driver/strategy.ts";
import { csiNode } from "./csi-node/strategy.ts";
import { csiStorageCapacity } from "./csi-storage-capacity/strategy.ts";
import { createFaults, faultsOf, printed, updateFaults } from "./testing/faults.ts";
import { volumeAttachment } from "./volume-attachment/strategy.ts";
import { volumeAttributesClass } from "./volume-attributes-class/strategy.ts";

const metadata = { name: "x.example.com", creationTimestamp: "2025-01-01T00:00:00Z" };
const now = Date.parse("2025-01-01T00:01:00Z");
const driver = { name: "a.example.com", nodeID: "n", topologyKeys: ["example.com/zone"] };
const driverFaults = (spec: object) => createFaults(csiDriver, { metadata, spec });
const nodeFaults = (...drivers: object[]) => createFaults(csiNode, { metadata, spec: { drivers } });
const attachment = (spec: object) => ({
  spec: { attacher: "a.b", nodeName: "n", source: { persistentVolumeName: "v" }, ...spec },
});
const exactlyOne = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

const created: readonly [string, () => string[], string[]][] = [
  ["a CSIDriver", () => driverFaults({}), []],
  [
    "a CSIDriver's name",
    () => createFaults(csiDriver, { metadata: { name: `${"a".repeat(64)}` }, spec: {} }),
    ["name: Too long: may not be more than 63 bytes"],
  ],
  [
    "a CSIDriver's enumerations",
    () => driverFaults({ fsGroupPolicy: "Any", volumeLifecycleModes: ["Any"] }),
    [
      'spec.fsGroupPolicy: Unsupported value: "Any": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.volumeLifecycleModes: Unsupported value: "Any": supported values: "Persistent", "Ephemeral"',
    ],
  ],
  [
    "a CSIDriver's tokens",
    () =>
      driverFaults({
        tokenRequests: [
          { audience: "a", expirationSeconds: 599 },
          { audience: "a" },
          { audience: "b", expirationSeconds: 2 ** 32 + 1 },
        ],
      }),
    [
      "spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      "spec.tokenRequests[2].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
    ],
  ],
  [
    "a CSIDriver's period",
    () => driverFaults({ nodeAllocatableUpdatePeriodSeconds: 9 }),
    ["spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds"],
  ],
  ["a CSINode without drivers", () => nodeFaults(), []],
  ["a CSINode", () => nodeFaults(driver), []],
  [
    "a CSINode's driver",
    () => nodeFaults({ name: "a.b", allocatable: { count: -1 }, topologyKeys: ["a", "a", ""] }),
    [
      "spec.drivers[0].nodeID: Required value",
      "spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0",
      'spec.drivers[0]: Duplicate value: "a"',
      "spec.drivers[0]: Required value",
      'spec.drivers[0]: Invalid value: ["a","a",""]: name part must be non-empty',
      `spec.drivers[0]: Invalid value: ["a","a",""]: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [
    "a CSINode's driver that is there twice",
    () => nodeFaults(driver, driver),
    ['spec.drivers[1].name: Duplicate value: "a.example.com"'],
  ],
  [
    "a CSINode's long identifier",
    () => nodeFaults({ ...driver, nodeID: "n".repeat(257) }),
    [`spec.drivers[0].nodeID: Invalid value: "${"n".repeat(257)}": must be 256 characters or less`],
  ],
  ["a CSIStorageCapacity", () => createFaults(csiStorageCapacity, { storageClassName: "a", capacity: "1Gi" }), []],
  [
    "a CSIStorageCapacity's amounts",
    () => createFaults(csiStorageCapacity, { storageClassName: "a", capacity: "-1", maximumVolumeSize: "-2" }),
    [
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
      'maximumVolumeSize: Invalid value: "-2": must be greater than or equal to 0',
    ],
  ],
  ["a VolumeAttachment", () => createFaults(volumeAttachment, attachment({})), []],
  [
    "a VolumeAttachment's attacher",
    () => createFaults(volumeAttachment, attachment({ attacher: "a".repeat(64) })),
    ["spec.attacher: Too long: may not be more than 63 bytes"],
  ],
  [
    "a VolumeAttachment of nothing",
    () => createFaults(volumeAttachment, attachment({ source: {} })),
    [`spec.source: Required value: ${exactlyOne}`],
  ],
  [
    "a VolumeAttachment of two",
    () => createFaults(volumeAttachment, attachment({ source: { persistentVolumeName: "a", inlineVolumeSpec: {} } })),
    [`spec.source: Forbidden: ${exactlyOne}`],
  ],
  [
    "a VolumeAttachment's empty name",
    () => createFaults(volumeAttachment, attachment({ source: { persistentVolumeName: "" } })),
    ["spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName"],
  ],
  [
    "a VolumeAttachment's own volume",
    () =>
      createFaults(
        volumeAttachment,
        attachment({
          source: {
            inlineVolumeSpec: {
              capacity: { storage: "1" },
              accessModes: ["ReadWriteOnce"],
              csi: { driver: "a.b", volumeHandle: "v" },
            },
          },
        }),
      ),
    ["spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes"],
  ],
  [
    "a VolumeAttributesClass",
    () => createFaults(volumeAttributesClass, { driverName: "a.b", parameters: { speed: "high" } }),
    [],
  ],
  [
    "an empty VolumeAttributesClass",
    () => createFaults(volumeAttributesClass, {}),
    ["driverName: Required value", "parameters: Required value: must contain at least one key/value pair"],
  ],
  [
    "a VolumeAttributesClass' parameter without name",
    () => createFaults(volumeAttributesClass, { driverName: "a.b", parameters: { "": "a" } }),
    ['parameters: Invalid value: "": field can not be empty.'],
  ],
];

for (const [name, faults, expected] of created)
  test(`validation of ${name}: ${expected[0] ?? "sound"}`, () => assert.deepEqual(faults(), expected));

test("what a driver does without being told", () => {
  const object = { metadata, spec: {} };
  csiDriver.defaults?.(object);
  assert.deepEqual(object.spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    volumeLifecycleModes: ["Persistent"],
    requiresRepublish: false,
    seLinuxMount: false,
  });
});

test("what storage kinds are for never changes", () => {
  assert.deepEqual(updateFaults(csiDriver, { metadata, spec: { attachRequired: false } }, { metadata, spec: {} }), [
    "spec.attachedRequired: Invalid value: false: field is immutable",
  ]);
  assert.deepEqual(
    updateFaults(csiDriver, { metadata, spec: { volumeLifecycleModes: ["Ephemeral"] } }, { metadata, spec: {} }),
    ['spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable'],
  );
  const changed = { ...driver, nodeID: "m" };
  assert.deepEqual(
    updateFaults(csiNode, { metadata, spec: { drivers: [changed] } }, { metadata, spec: { drivers: [driver] } }),
    [`CSINodeDriver: Invalid value: ${JSON.stringify(changed)}: field is immutable`],
  );
  assert.deepEqual(updateFaults(csiStorageCapacity, { storageClassName: "a" }, { storageClassName: "b" }), [
    'storageClassName: Invalid value: "a": field is immutable',
  ]);
  assert.match(
    updateFaults(volumeAttachment, attachment({ nodeName: "m" }), attachment({}))[0] ?? "",
    /^spec: Invalid/,
  );
  const old = { driverName: "a.b", parameters: { c: "d" } };
  assert.deepEqual(updateFaults(volumeAttributesClass, { driverName: "b.b", parameters: { c: "e" } }, old), [
    "driverName: Forbidden: updates to driverName are forbidden.",
    "parameters: Forbidden: updates to parameters are forbidden.",
  ]);
});

test("what a driver says of an attachment stays small", () => {
  const status = { attachmentMetadata: { "": "a" }, attachError: { message: "m".repeat(1025) } };
  assert.deepEqual(
    faultsOf((errors) => volumeAttachment.validateStatusUpdate?.({ status }, {}, errors)),
    [
      'status.attachmentMetadata: Invalid value: "": field can not be empty.',
      "status.attachError.message: Too long: may not be more than 1024 bytes",
    ],
  );
});

test("storage kinds are printed", () => {
  assert.equal(
    printed(csiDriver, { metadata, spec: { tokenRequests: [{ audience: "a" }, { audience: "b" }] } }, now),
    "AttachRequired=true PodInfoOnMount=false StorageCapacity=false TokenRequests=a,b RequiresRepublish=false Modes=<none> Age=60s | ",
  );
  assert.equal(printed(csiNode, { metadata, spec: { drivers: [driver] } }, now), "Drivers=1 Age=60s | ");
  assert.equal(printed(csiStorageCapacity, { storageClassName: "a" }, now), "StorageClassName=a Capacity=<unset> | ");
  assert.equal(
    printed(volumeAttachment, { metadata, ...attachment({}), status: { attached: true } }, now),
    "Attacher=a.b PV=v Node=n Attached=true Age=60s | ",
  );
  const annotations = { "volumeattributesclass.alpha.kubernetes.io/is-default-class": "true" };
  assert.equal(
    printed(volumeAttributesClass, { metadata: { ...metadata, annotations }, driverName: "d" }, now),
    "Name=x.example.com (default) DriverName=d Age=60s | ",
  );
});
