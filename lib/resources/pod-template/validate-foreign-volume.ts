import type {
  AzureDiskVolumeSource,
  CinderVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GitRepoVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  ScaleIOVolumeSource,
} from "../../../gen/typernetes/core/v1/volume_source.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkCsiDriverName } from "../driver-name.ts";
import { checkDescendingPath, checkDnsSubdomain, checkOptionalOneOf, checkRange, checkRequired } from "../rules.ts";
import { type SourceRule, sourceRule } from "./volume-source-rule.ts";

type Check = (source: object, path: string, errors: FieldErrors) => void;

function required(...fields: string[]): Check {
  return (source, path, errors) => checkRequired(source, fields, path, errors);
}

/** Volumes that somebody else's storage provides. */
export const foreignSources: readonly SourceRule[] = [
  sourceRule("gitRepo", validateGitRepo),
  sourceRule("gcePersistentDisk", partitioned("pdName")),
  sourceRule("awsElasticBlockStore", partitioned("volumeID")),
  sourceRule("nfs", validateNfs),
  sourceRule("iscsi", validateIscsi),
  sourceRule("glusterfs", required("endpoints", "path")),
  sourceRule("flocker", validateFlocker),
  sourceRule("rbd", required("monitors", "image")),
  sourceRule("cinder", validateCinder),
  sourceRule("cephfs", required("monitors")),
  sourceRule("quobyte", validateQuobyte),
  sourceRule("fc", validateFibreChannel),
  sourceRule("flexVolume", validateFlexVolume),
  sourceRule("azureFile", required("secretName", "shareName")),
  sourceRule("vsphereVolume", required("volumePath")),
  sourceRule("photonPersistentDisk", required("pdID")),
  sourceRule("portworxVolume", required("volumeID")),
  sourceRule("azureDisk", validateAzureDisk),
  sourceRule("storageos", required("volumeName")),
  sourceRule("scaleIO", validateScaleIo),
  sourceRule("csi", validateCsi),
];

function validateGitRepo(source: GitRepoVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["repository"], path, errors);
  checkDescendingPath(source.directory ?? "", `${path}.directory`, errors);
}

function partitioned(field: string) {
  return (source: { partition?: number | undefined }, path: string, errors: FieldErrors): void => {
    checkRequired(source, [field], path, errors);
    const partition = source.partition ?? 0;
    if (partition < 0 || partition > 255)
      errors.invalid(`${path}.partition`, partition, "must be between 1 and 255, inclusive");
  };
}

function validateNfs(source: NFSVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["server", "path"], path, errors);
  if (!source.path?.startsWith("/")) errors.invalid(`${path}.path`, source.path ?? "", "must be an absolute path");
}

const iscsiNames: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.[A-Za-z0-9\-.]+:[^,;*&$|\s]+$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function checkIscsiName(name: string, path: string, errors: FieldErrors): void {
  const pattern = iscsiNames[name.slice(0, 3)];
  if (!pattern) errors.invalid(path, name, "must be valid format starting with iqn, eui, or naa");
  else if (!pattern.test(name)) errors.invalid(path, name, "must be valid format");
}

function validateIscsi(source: ISCSIVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["targetPortal", "iqn"], path, errors);
  if (source.iqn) checkIscsiName(source.iqn, `${path}.iqn`, errors);
  checkRange(source.lun ?? 0, 0, 255, `${path}.lun`, errors);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) errors.required(`${path}.secretRef`);
  if (source.initiatorName !== undefined) checkIscsiName(source.initiatorName, `${path}.initiatorname`, errors);
}

function validateFlocker(source: FlockerVolumeSource, path: string, errors: FieldErrors): void {
  if (!source.datasetName && !source.datasetUUID)
    errors.required(path, "one of datasetName and datasetUUID is required");
  if (source.datasetName && source.datasetUUID)
    errors.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
  if (source.datasetName?.includes("/"))
    errors.invalid(`${path}.datasetName`, source.datasetName, "must not contain '/'");
}

function validateCinder(source: CinderVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["volumeID"], path, errors);
  if (source.secretRef) checkRequired(source.secretRef, ["name"], `${path}.secretRef`, errors);
}

function validateQuobyte(source: QuobyteVolumeSource, path: string, errors: FieldErrors): void {
  const pairs = "must be a host:port pair or multiple pairs separated by commas";
  if (!source.registry) errors.required(`${path}.registry`, pairs);
  else if ((source.tenant ?? "").length >= 65)
    errors.required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters");
  else if (!source.registry.split(",").every((pair) => /^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair)))
    errors.invalid(`${path}.registry`, source.registry, pairs);
  checkRequired(source, ["volume"], path, errors);
}

function validateFibreChannel(source: FCVolumeSource, path: string, errors: FieldErrors): void {
  const names = source.targetWWNs ?? [];
  const ids = source.wwids ?? [];
  const at = `${path}.targetWWNs`;
  if (names.length + ids.length === 0) errors.required(at, "must specify either targetWWNs or wwids, but not both");
  if (names.length > 0 && ids.length > 0)
    errors.invalid(at, names, "targetWWNs and wwids can not be specified simultaneously");
  if (names.length === 0) return;
  if (source.lun === undefined) errors.required(`${path}.lun`, "lun is required if targetWWNs is specified");
  else checkRange(source.lun, 0, 255, `${path}.lun`, errors);
}

function validateFlexVolume(source: FlexVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["driver"], path, errors);
  for (const key of Object.keys(source.options ?? {})) {
    const namespace = `.${(key.split("/")[0] ?? "").toLowerCase()}`;
    if (namespace.endsWith(".kubernetes.io") || namespace.endsWith(".k8s.io"))
      errors.invalid(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved");
  }
}

const managedDisk = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const blobDisk = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

function validateAzureDisk(source: AzureDiskVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["diskName", "diskURI"], path, errors);
  checkOptionalOneOf(source.cachingMode, ["None", "ReadOnly", "ReadWrite"], `${path}.cachingMode`, errors);
  checkOptionalOneOf(source.kind, ["Dedicated", "Managed", "Shared"], `${path}.kind`, errors);
  const uri = source.diskURI ?? "";
  if (source.kind === "Managed") {
    if (!uri.startsWith("/subscriptions/")) errors.notSupported(`${path}.diskURI`, uri, [managedDisk]);
  } else if (source.kind !== undefined && !uri.startsWith("https://"))
    errors.notSupported(`${path}.diskURI`, uri, [blobDisk]);
}

function validateScaleIo(source: ScaleIOVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["gateway", "system", "volumeName"], path, errors);
}

function validateCsi(source: CSIVolumeSource, path: string, errors: FieldErrors): void {
  checkCsiDriverName(source.driver ?? "", `${path}.driver`, errors);
  const secret = source.nodePublishSecretRef;
  if (secret?.name) checkDnsSubdomain(secret.name, `${path}.name`, errors);
  else if (secret) errors.required(`${path}.nodePublishSecretRef.name`);
}
