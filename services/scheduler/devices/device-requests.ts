import type { DeviceClass, DeviceSelector } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type {
  DeviceRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaim,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import { compileDeviceSelector } from "../../../lib/resources/devices/device-selector.ts";
import type { OfferedDevice, ReachablePool } from "./device-pools.ts";
import { bearsTaints } from "./device-taints.ts";

/** Devices cannot be given because something is wrong with a claim, a class or a pool; the message says what. */
export class AllocationError extends Error {
  override readonly name = "AllocationError";
}

/** One way to satisfy a request: the request itself, or one of its alternatives. */
export interface Wish {
  /** As in the result: `request` or `request/alternative`. */
  readonly name: string;
  /** Names by which constraints and settings may mean it. */
  readonly names: readonly string[];
  readonly className: string;
  readonly adminAccess: boolean;
  readonly tolerations: readonly DeviceToleration[] | undefined;
  /** How many devices. */
  readonly count: number;
  /** The devices, where all are wanted. */
  readonly all: readonly OfferedDevice[] | undefined;
  /** Whether a device is of the class and of the sort that is wanted. @throws AllocationError */
  isSelected(device: OfferedDevice): boolean;
}

/** The ways to satisfy each request of a claim on one node, best first. @throws AllocationError */
export function wishesOf(
  claim: ResourceClaim,
  classes: ReadonlyMap<string, DeviceClass>,
  pools: readonly ReachablePool[],
): Wish[][] {
  return (claim.spec?.devices?.requests ?? []).map((request) =>
    waysOf(request).map((way) => wishOf(claim, way, classes, pools)),
  );
}

/** The ways to satisfy a request, by name. */
export function waysOf({ name = "", exactly, firstAvailable = [] }: DeviceRequest): Way[] {
  if (exactly) return [{ name, names: [name], request: exactly }];
  return firstAvailable.map((request) => {
    const full = `${name}/${request.name}`;
    return { name: full, names: [name, full], request };
  });
}

interface Way {
  name: string;
  names: readonly string[];
  request: ExactDeviceRequest;
}

function wishOf(
  claim: ResourceClaim,
  { name, names, request }: Way,
  classes: ReadonlyMap<string, DeviceClass>,
  pools: readonly ReachablePool[],
): Wish {
  const { deviceClassName: className = "", tolerations, adminAccess = false } = request;
  const deviceClass = classes.get(className);
  const where = `claim ${objectKey(claim)}`;
  if (!deviceClass) throw new AllocationError(`${where}, request ${name}: device class ${className} does not exist`);
  const isSelected = (offered: OfferedDevice) =>
    select(deviceClass.spec?.selectors, offered, `class ${className}`) && select(request.selectors, offered, where);
  const isAll = request.allocationMode === "All";
  const all = isAll ? allDevices(pools, isSelected, `${where}, request ${name}`) : undefined;
  const count = all ? all.length : (request.count ?? 1);
  return { name, names, className, adminAccess, tolerations, count, all, isSelected };
}

function allDevices(
  pools: readonly ReachablePool[],
  isSelected: (device: OfferedDevice) => boolean,
  where: string,
): OfferedDevice[] {
  for (const { pool } of pools) {
    const state = pool.isIncomplete ? "being updated" : "invalid";
    if (pool.isIncomplete || pool.isInvalid)
      throw new AllocationError(`${where}: asks for all devices, but resource pool ${pool.id} is currently ${state}`);
  }
  return pools.flatMap(({ devices }) => devices.filter(isSelected));
}

function select(selectors: readonly DeviceSelector[] = [], offered: OfferedDevice, where: string): boolean {
  return selectors.every(({ cel }, index) => {
    try {
      return compileDeviceSelector(cel?.expression ?? "").matches(offered.driver, offered.device);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new AllocationError(`${where}: selector #${index} on device ${offered.key}: CEL runtime error: ${text}`);
    }
  });
}

/** Whether a device is no trouble for who wants it. */
export function isBearable({ device }: OfferedDevice, { tolerations }: Wish): boolean {
  // Devices that have to be made ready first are not supported: who takes one would wait for ever.
  return bearsTaints(device, tolerations) && !device.bindingConditions?.length;
}
