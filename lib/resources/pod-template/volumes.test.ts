import assert from "node:assert/strict";
import { test } from "node:test";
import type { Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { validatePod } from "../pod/validate.ts";
import { faultsOf } from "../testing/faults.ts";
import { newPod } from "../testing/new-pod.ts";

const [notSubdomain = ""] = dns1123Subdomain("-");

const rules: readonly [Volume, string[]][] = [
  [
    { gitRepo: { directory: "/a" } },
    ["gitRepo.repository: Required value", 'gitRepo.directory: Invalid value: "/a": must be a relative path'],
  ],
  [
    { gcePersistentDisk: { partition: 256 } },
    [
      "gcePersistentDisk.pdName: Required value",
      "gcePersistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
    ],
  ],
  [{ awsElasticBlockStore: {} }, ["awsElasticBlockStore.volumeID: Required value"]],
  [
    { iscsi: { targetPortal: "a", iqn: "abc" } },
    ['iscsi.iqn: Invalid value: "abc": must be valid format starting with iqn, eui, or naa'],
  ],
  [
    { iscsi: { targetPortal: "a", iqn: "eui.1", lun: 256 } },
    [
      'iscsi.iqn: Invalid value: "eui.1": must be valid format',
      "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
    ],
  ],
  [
    { iscsi: { targetPortal: "a", iqn: "iqn.2025-01.com.example:a", chapAuthSession: true } },
    ["iscsi.secretRef: Required value"],
  ],
  [{ glusterfs: {} }, ["glusterfs.endpoints: Required value", "glusterfs.path: Required value"]],
  [{ flocker: {} }, ["flocker: Required value: one of datasetName and datasetUUID is required"]],
  [{ rbd: { image: "a" } }, ["rbd.monitors: Required value"]],
  [{ cinder: { volumeID: "a", secretRef: {} } }, ["cinder.secretRef.name: Required value"]],
  [{ cephfs: {} }, ["cephfs.monitors: Required value"]],
  [
    { quobyte: { registry: "a", volume: "b" } },
    ['quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas'],
  ],
  [{ fc: {} }, ["fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"]],
  [{ fc: { targetWWNs: ["a"] } }, ["fc.lun: Required value: lun is required if targetWWNs is specified"]],
  [
    { flexVolume: { driver: "a", options: { "k8s.io/b": "c" } } },
    ['flexVolume.options[k8s.io/b]: Invalid value: "k8s.io/b": kubernetes.io and k8s.io namespaces are reserved'],
  ],
  [{ azureFile: {} }, ["azureFile.secretName: Required value", "azureFile.shareName: Required value"]],
  [
    { azureDisk: { diskName: "a", diskURI: "x" } },
    [
      'azureDisk.diskURI: Unsupported value: "x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
  ],
  [{ vsphereVolume: {} }, ["vsphereVolume.volumePath: Required value"]],
  [{ photonPersistentDisk: {} }, ["photonPersistentDisk.pdID: Required value"]],
  [{ portworxVolume: {} }, ["portworxVolume.volumeID: Required value"]],
  [
    { scaleIO: {} },
    ["scaleIO.gateway: Required value", "scaleIO.system: Required value", "scaleIO.volumeName: Required value"],
  ],
  [{ csi: { driver: "a.b", nodePublishSecretRef: {} } }, ["csi.nodePublishSecretRef.name: Required value"]],
  [{ csi: { driver: "a.b", nodePublishSecretRef: { name: "S" } } }, [`csi.name: Invalid value: "S": ${notSubdomain}`]],
  [{ ephemeral: {} }, ["ephemeral.volumeClaimTemplate: Required value"]],
  [{ image: {} }, ["image.reference: Required value"]],
  [
    { emptyDir: { sizeLimit: "-1" } },
    ["emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
  ],
  [
    { hostPath: { path: "/a", type: "Tape" } },
    [
      'hostPath.type: Unsupported value: "Tape": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  ],
  [
    { configMap: { name: "a", items: [{ key: "k", path: "..a", mode: -1 }] } },
    [
      "configMap.items[0].path: Invalid value: \"..a\": must not start with '..'",
      "configMap.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive",
    ],
  ],
  [
    {
      projected: {
        sources: [
          { secret: { name: "a", items: [{ key: "k", path: "p" }] } },
          { configMap: { name: "b", items: [{ key: "k", path: "p" }] } },
        ],
      },
    },
    ['projected: Invalid value: "b": conflicting duplicate paths'],
  ],
];

for (const [volume, expected] of rules)
  test(`validation of a volume: ${expected[0]}`, () => {
    const pod = newPod({ volumes: [{ name: "v", ...volume }] });
    assert.deepEqual(
      faultsOf((errors) => validatePod(pod, errors)),
      expected.map((it) => `spec.volumes[0].${it}`),
    );
  });

test("a claim that an ephemeral volume makes is no other volume's", () => {
  const pod = newPod({
    volumes: [
      { name: "a", ephemeral: { volumeClaimTemplate: { spec: {} } } },
      { name: "b", persistentVolumeClaim: { claimName: "web-a" } },
    ],
  });
  assert.deepEqual(
    faultsOf((errors) => validatePod(pod, errors)),
    [
      'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "web-a": must not reference a PVC that gets created for an ephemeral volume',
    ],
  );
});
