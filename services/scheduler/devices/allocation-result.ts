import type { NodeSelector, NodeSelectorRequirement } from "../../../gen/typernetes/core/v1/reference.ts";
import type { DeviceClass } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
} from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { ClaimDevices } from "./allocation-search.ts";
import type { OfferedDevice } from "./device-pools.ts";

/** What a claim's status says of the devices that it gets: the devices, their settings, and where they can be used. */
export function allocationResult(found: ClaimDevices, classes: ReadonlyMap<string, DeviceClass>): AllocationResult {
  const results = found.given.flatMap(({ wish, devices }) =>
    devices.map(({ driver, pool, device }) => ({
      request: wish.name,
      driver,
      pool,
      device: device.name,
      ...(wish.adminAccess && { adminAccess: true }),
      ...(wish.tolerations && { tolerations: wish.tolerations.map((toleration) => ({ ...toleration })) }),
    })),
  );
  const config = [...ofClasses(found, classes), ...ofClaim(found)];
  const nodeSelector = nodesOf(found.given.flatMap(({ devices }) => devices));
  return { devices: { results, ...(config.length > 0 && { config }) }, ...(nodeSelector && { nodeSelector }) };
}

/** Settings of each class once, for all requests that got devices of it. */
function ofClasses(
  { given }: ClaimDevices,
  classes: ReadonlyMap<string, DeviceClass>,
): DeviceAllocationConfiguration[] {
  const names = new Set(given.map(({ wish }) => wish.className));
  return [...names].flatMap((className) => {
    const requests = given.filter(({ wish }) => wish.className === className).map(({ wish }) => wish.name);
    const settings = classes.get(className)?.spec?.config ?? [];
    return settings.map((setting) => ({ ...setting, source: "FromClass", requests: [...requests] }));
  });
}

/** Settings of the claim, without those of alternatives that were not taken. */
function ofClaim({ claim, given }: ClaimDevices): DeviceAllocationConfiguration[] {
  const names = new Set(given.flatMap(({ wish }) => wish.names));
  return (claim.spec?.devices?.config ?? [])
    .filter(({ requests = [] }) => requests.length === 0 || requests.some((request) => names.has(request)))
    .map((setting) => ({ ...setting, source: "FromClaim" }));
}

/** The nodes that reach all the devices; undefined when all do. */
function nodesOf(devices: readonly OfferedDevice[]): NodeSelector | undefined {
  const matchExpressions: NodeSelectorRequirement[] = [];
  const matchFields: NodeSelectorRequirement[] = [];
  for (const { device, slice } of devices) {
    const { nodeName, nodeSelector } = (slice.spec?.perDeviceNodeSelection ? device : slice.spec) ?? {};
    if (nodeName)
      return { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }] }] };
    const [term] = nodeSelector?.nodeSelectorTerms ?? [];
    addNew(matchExpressions, term?.matchExpressions);
    addNew(matchFields, term?.matchFields);
  }
  if (matchExpressions.length + matchFields.length === 0) return undefined;
  const expressions = matchExpressions.length > 0 && { matchExpressions };
  return { nodeSelectorTerms: [{ ...expressions, ...(matchFields.length > 0 && { matchFields }) }] };
}

function addNew(known: NodeSelectorRequirement[], more: readonly NodeSelectorRequirement[] = []): void {
  for (const requirement of more) if (!known.some((other) => deepEqual(other, requirement))) known.push(requirement);
}
