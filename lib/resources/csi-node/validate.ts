import type { CSINode, CSINodeDriver } from "../../../gen/typernetes/storage/v1/csi_node.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { qualifiedName } from "../../api/names.ts";
import { checkCsiDriverName } from "../driver-name.ts";
import { checkNonNegative, immutableMessage } from "../rules.ts";

const nodeIdCharactersMax = 256;

/** Checks the drivers of a node; there may be none. */
export function validateCsiNode({ spec }: CSINode, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, driver] of (spec?.drivers ?? []).entries()) {
    const at = `spec.drivers[${index}]`;
    const name = driver.name ?? "";
    validateDriver(driver, at, errors);
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
  }
}

function validateDriver(
  { name = "", nodeID = "", allocatable, topologyKeys = [] }: CSINodeDriver,
  path: string,
  errors: FieldErrors,
): void {
  checkCsiDriverName(name, `${path}.name`, errors);
  if (!nodeID) errors.required(`${path}.nodeID`);
  if (nodeID.length > nodeIdCharactersMax)
    errors.invalid(`${path}.nodeID`, nodeID, `must be ${nodeIdCharactersMax} characters or less`);
  checkNonNegative(allocatable?.count, `${path}.allocatable.count`, errors);
  for (const [index, key] of topologyKeys.entries()) {
    if (!key) errors.required(path);
    if (topologyKeys.indexOf(key) < index) errors.duplicate(path, key);
    for (const message of qualifiedName(key)) errors.invalid(path, topologyKeys, message);
  }
}

/** Checks what an update does: drivers come and go, but do not change. */
export function validateCsiNodeUpdate({ spec }: CSINode, old: CSINode, errors: FieldErrors): void {
  for (const before of old.spec?.drivers ?? []) {
    const driver = spec?.drivers?.find(({ name }) => name === before.name);
    if (driver && !deepEqual(driver, before)) errors.invalid("CSINodeDriver", driver, immutableMessage);
  }
}
