import type { DeviceClass } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type {
  DeviceClaim,
  ExactDeviceRequest,
  ResourceClaim,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { Device, ResourceSlice, ResourceSliceSpec } from "../../../gen/typernetes/resource/v1/resource_slice.ts";

export const driver = "gpu.example.com";

/** A class of all devices of the driver, unless an expression says which. */
export function deviceClass(name: string, expression = `device.driver == "${driver}"`): DeviceClass {
  return { metadata: { name }, spec: { selectors: [{ cel: { expression } }] } };
}

/** The devices of one node, in a pool of its name. */
export function nodeSlice(node: string, devices: readonly Device[], changes: ResourceSliceSpec = {}): ResourceSlice {
  const pool = { name: node, generation: 1, resourceSliceCount: 1 };
  return {
    metadata: { name: `${node}-slice` },
    spec: { driver, pool, nodeName: node, devices: [...devices], ...changes },
  };
}

/** A claim; `devices` is its specification, or the one request that it has. */
export function deviceClaim(name: string, devices: DeviceClaim = oneRequest()): ResourceClaim {
  return { metadata: { name, namespace: "default" }, spec: { devices } };
}

/** One request, of a device of the class `gpu` unless `changes` say otherwise. */
export function oneRequest(changes: ExactDeviceRequest = {}): DeviceClaim {
  return { requests: [{ name: "r", exactly: exact(changes) }] };
}

/** What is asked for, as it is after defaults. */
export function exact(changes: ExactDeviceRequest = {}): ExactDeviceRequest {
  return { deviceClassName: "gpu", allocationMode: "ExactCount", count: 1, ...changes };
}

/** Devices by name with the values of one attribute. */
export function devicesWith(attribute: string, values: Readonly<Record<string, string>>): Device[] {
  return Object.entries(values).map(([name, string]) => ({ name, attributes: { [attribute]: { string } } }));
}
