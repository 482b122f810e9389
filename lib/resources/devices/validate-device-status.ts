import type { Condition } from "../../../gen/typernetes/meta/v1/condition.ts";
import type {
  AllocatedDeviceStatus,
  NetworkDeviceData,
  ResourceClaimStatus,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { parseAddress } from "../../api/ip-address.ts";
import { utf8Length } from "../../api/utf8-length.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { checkOneOf, checkQualifiedName } from "../rules.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkLabelName, checkPoolName } from "./names.ts";

const conditionsMax = 8;
const addressesMax = 16;
const dataBytesMax = 10 * 1024;
const interfaceNameBytesMax = 256;
const hardwareAddressBytesMax = 128;

/** Checks what drivers report on the devices of a claim. */
export function validateDeviceStatuses(
  { devices = [], allocation }: ResourceClaimStatus,
  path: string,
  errors: FieldErrors,
): void {
  const given = new Set(allocation?.devices?.results?.map(deviceId));
  eachWithin(devices, Number.POSITIVE_INFINITY, path, errors, (device, at) => {
    checkDeviceDriverName(device.driver ?? "", `${at}.driver`, errors);
    checkPoolName(device.pool, `${at}.pool`, errors);
    checkLabelName(device.device, `${at}.device`, errors);
    if (!given.has(deviceId(device))) errors.invalid(at, deviceId(device), "must be an allocated device in the claim");
    eachWithin(device.conditions, conditionsMax, `${at}.conditions`, errors, (condition, where) =>
      validateCondition(condition, where, errors),
    );
    validateData(device.data, `${at}.data`, errors);
    if (device.networkData) validateNetworkData(device.networkData, `${at}.networkData`, errors);
  });
  checkDistinct(devices.map(deviceId), (index) => `${path}[${index}]`, errors);
}

function deviceId({ driver, pool, device, shareID }: AllocatedDeviceStatus): string {
  return `${driver}/${pool}/${device}${shareID ? `/${shareID}` : ""}`;
}

function validateCondition({ type, status, reason, lastTransitionTime }: Condition, path: string, errors: FieldErrors) {
  checkQualifiedName(type ?? "", `${path}.type`, errors);
  checkOneOf(status, ["False", "True", "Unknown"], `${path}.status`, errors);
  if (!lastTransitionTime) errors.required(`${path}.lastTransitionTime`, "must be set");
  if (!reason) errors.required(`${path}.reason`, "must be set");
}

function validateData(data: unknown, path: string, errors: FieldErrors): void {
  if (data === undefined) return;
  if (typeof data !== "object" || data === null || Array.isArray(data))
    errors.invalid(path, "<value omitted>", "must be a valid JSON object");
  else if (utf8Length(JSON.stringify(data)) > dataBytesMax) errors.tooLong(path, dataBytesMax);
}

function validateNetworkData(
  { interfaceName = "", hardwareAddress = "", ips }: NetworkDeviceData,
  path: string,
  errors: FieldErrors,
) {
  if (utf8Length(interfaceName) > interfaceNameBytesMax) errors.tooLong(`${path}.interfaceName`, interfaceNameBytesMax);
  if (utf8Length(hardwareAddress) > hardwareAddressBytesMax)
    errors.tooLong(`${path}.hardwareAddress`, hardwareAddressBytesMax);
  eachWithin(ips, addressesMax, `${path}.ips`, errors, (address, at) => {
    if (!isInterfaceAddress(address))
      errors.invalid(at, address, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)");
  });
  checkDistinct(ips ?? [], (index) => `${path}.ips[${index}]`, errors);
}

function isInterfaceAddress(text: string): boolean {
  const [, address = "", length = ""] = /^(.*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  return parsed !== undefined && Number(length) <= parsed.length * 8;
}
