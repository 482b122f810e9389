import type { Device, DeviceAttribute } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import { Lru } from "../../base/lru.ts";
import { Quantity } from "../../base/quantity.ts";
import { CelCompileError, CelEvaluationError, type CompiledExpression, compilerFor } from "../../cel/compile.ts";
import { celVersion } from "../../cel/functions/versions.ts";

/** What one evaluation may cost, as in Kubernetes. */
const costMax = 1_000_000;
const keptMax = 500;

/** An expression that chooses devices, ready to be asked. */
export interface CompiledDeviceSelector {
  /** @throws CelEvaluationError or BudgetExceeded when it cannot say. */
  matches(driver: string, device: Device): boolean;
}

/** What expressions call `device`. */
class CelDevice {
  readonly driver: string;
  readonly attributes: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly capacity: ReadonlyMap<string, ReadonlyMap<string, unknown>>;

  constructor(driver = "", { attributes = {}, capacity = {} }: Device = {}) {
    this.driver = driver;
    this.attributes = byDomain(driver, attributes, attributeValue);
    this.capacity = byDomain(driver, capacity, ({ value = "0" }) => Quantity.parse(value));
  }
}

const fields = {
  driver: "string",
  attributes: "map<string, map<string, dyn>>",
  capacity: "map<string, map<string, Quantity>>",
};
const types = new Map([["kubernetes.DRADevice", { fields, make: CelDevice }]]);
const compiled = new Lru<string, CompiledDeviceSelector>(keptMax);
let compile: ((source: string) => CompiledExpression) | undefined;

/** Compiles an expression over `device`; those that were compiled lately are kept. @throws CelCompileError */
export function compileDeviceSelector(source: string): CompiledDeviceSelector {
  const known = compiled.get(source);
  if (known) return known;
  compile ??= compilerFor(types)({ device: "kubernetes.DRADevice" });
  const expression = compile(source);
  if (expression.type !== "bool" && expression.type !== "dyn")
    throw new CelCompileError(`must evaluate to bool or the unknown type, not ${expression.type}`);
  const selector = selectorOf(expression);
  compiled.set(source, selector);
  return selector;
}

function selectorOf(expression: CompiledExpression): CompiledDeviceSelector {
  /** Devices of the cache never change: what was said of one holds as long as it is there. */
  const said = new WeakMap<Device, boolean>();
  return {
    matches(driver, device) {
      const known = said.get(device);
      if (known !== undefined) return known;
      const answer = expression.evaluate({ device: new CelDevice(driver, device) }, { remaining: costMax });
      if (typeof answer !== "boolean")
        throw new CelEvaluationError(`CEL result of type ${typeof answer} could not be converted to bool`);
      said.set(device, answer);
      return answer;
    },
  };
}

/** By domain, the driver's own where there is none. Of domains that are not there it has empty maps, as in Kubernetes. */
function byDomain<T>(
  driver: string,
  named: Readonly<Record<string, T>>,
  read: (value: T) => unknown,
): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
  const domains = new Map<string, Map<string, unknown>>();
  for (const [name, value] of Object.entries(named)) {
    const slash = name.indexOf("/");
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const values = domains.get(domain) ?? new Map<string, unknown>();
    domains.set(domain, values.set(name.slice(slash + 1), read(value)));
  }
  // Expressions know maps by their class, so that a class of its own would be none to them.
  const known = new Map(domains);
  domains.get = (domain) => known.get(domain) ?? new Map();
  return domains;
}

function attributeValue({ int, bool, string, version }: DeviceAttribute): unknown {
  if (int !== undefined) return BigInt(int);
  return version === undefined ? (bool ?? string) : celVersion(version);
}
