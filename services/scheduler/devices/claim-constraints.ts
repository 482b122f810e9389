import type { DeviceConstraint } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { DeviceAttribute } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { OfferedDevice } from "./device-pools.ts";

/** What has to hold among the devices of a claim. Devices are added one by one, and taken away again in reverse order. */
export class ClaimConstraints {
  readonly #constraints: readonly { constraint: DeviceConstraint; values: string[] }[];

  constructor(constraints: readonly DeviceConstraint[] = []) {
    this.#constraints = constraints.map((constraint) => ({ constraint, values: [] }));
  }

  /** Adds a device of a request, which `names` are the names of, unless it breaks a constraint; answers whether it does not. */
  add(device: OfferedDevice, names: readonly string[]): boolean {
    const concerned = this.#concerned(names);
    const values = concerned.map(({ constraint }) => attributeText(device, attributeName(constraint)));
    const fits = concerned.every(({ constraint, values: before }, index) => {
      const value = values[index];
      if (value === undefined) return false;
      return constraint.matchAttribute === undefined
        ? !before.includes(value)
        : before.length === 0 || before[0] === value;
    });
    if (fits) for (const [index, { values: before }] of concerned.entries()) before.push(values[index] ?? "");
    return fits;
  }

  /** Takes the device that was added last for the request away. */
  removeLast(names: readonly string[]): void {
    for (const { values } of this.#concerned(names)) values.pop();
  }

  #concerned(names: readonly string[]) {
    return this.#constraints.filter(({ constraint: { requests = [] } }) => {
      return requests.length === 0 || requests.some((request) => names.includes(request));
    });
  }
}

function attributeName({ matchAttribute, distinctAttribute }: DeviceConstraint): string {
  return matchAttribute ?? distinctAttribute ?? "";
}

/** The value with its type, as text; undefined when the device does not have the attribute. */
function attributeText({ device, driver }: OfferedDevice, name: string): string | undefined {
  const attributes = device.attributes ?? {};
  const isOwn = name.startsWith(`${driver}/`);
  const attribute = attributes[name] ?? (isOwn ? attributes[name.slice(driver.length + 1)] : undefined);
  return attribute && JSON.stringify(sorted(attribute));
}

function sorted({ int, bool, string, version }: DeviceAttribute): unknown[] {
  return [int ?? null, bool ?? null, string ?? null, version ?? null];
}
