import type { PodSpec, Sysctl } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

const segment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const pattern = `^(${segment}[\\./])*${segment}$`;
const expression = new RegExp(pattern);
const lengthMax = 253;

/** Checks kernel settings: their names, and that the pod has the namespace to which they belong for itself. */
export function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: string, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, { name = "" }] of sysctls.entries()) {
    const at = `${path}[${index}].name`;
    if (!name) errors.required(at);
    else if (name.length > lengthMax || !expression.test(name))
      errors.invalid(at, name, `must have at most ${lengthMax} characters and match regex ${pattern}`);
    else if (names.has(name)) errors.duplicate(at, name);
    names.add(name);
    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork && dotted.startsWith("net."))
      errors.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    if (spec.hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted))
      errors.invalid(at, name, "may not be specified when 'hostIPC' is true");
  }
}
