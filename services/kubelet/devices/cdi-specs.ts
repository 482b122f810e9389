import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Device, type Mount, RuntimeError } from "../runtimes/runtime.ts";

/** Where drivers describe their devices, the less important directory first, as everywhere with the container device interface. */
export const cdiDirectories: readonly string[] = ["/etc/cdi", "/var/run/cdi"];

/** What a device changes about a container. */
export interface ContainerEdits {
  readonly env: readonly { name: string; value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices?: readonly Device[];
}

type Fields = Readonly<Record<string, unknown>>;

/** What devices, named like `vendor.example.com/gpu=gpu-1`, change about a container. @throws RuntimeError `InvalidConfig` when one is not described. */
export async function cdiEdits(
  devices: readonly string[],
  directories: readonly string[] = cdiDirectories,
): Promise<ContainerEdits> {
  if (devices.length === 0) return { env: [], mounts: [] };
  const specs = await readSpecs(directories);
  const edits: Fields[] = [];
  for (const device of devices) {
    const [kind, name] = device.split("=");
    const spec = specs.findLast((each) => each["kind"] === kind && deviceOf(each, name));
    if (!spec) throw new RuntimeError("InvalidConfig", `unresolvable CDI devices ${device}`);
    for (const part of [spec["containerEdits"], deviceOf(spec, name)?.["containerEdits"]]) edits.push(fieldsOf(part));
  }
  const unique = [...new Set(edits)];
  return { env: unique.flatMap(envOf), mounts: unique.flatMap((each) => [...mountsOf(each), ...nodesOf(each)]) };
}

async function readSpecs(directories: readonly string[]): Promise<Fields[]> {
  const specs: Fields[] = [];
  for (const directory of directories) {
    const names = await readdir(directory).catch(() => []);
    for (const name of names.sort())
      if (/\.(json|ya?ml)$/.test(name)) specs.push(await readSpec(join(directory, name)));
  }
  return specs;
}

/** A description that cannot be read is no description. */
async function readSpec(path: string): Promise<Fields> {
  try {
    const text = await readFile(path, "utf8");
    if (path.endsWith(".json")) return fieldsOf(JSON.parse(text));
    const { parseYaml } = await import("../../../lib/api/yaml.ts");
    return fieldsOf(parseYaml(text)[0]?.value);
  } catch {
    return {};
  }
}

function deviceOf(spec: Fields, name: string | undefined): Fields | undefined {
  return listOf(spec["devices"])
    .map(fieldsOf)
    .find((device) => device["name"] === name);
}

function envOf({ env }: Fields): { name: string; value: string }[] {
  return listOf(env).flatMap((variable) => {
    const text = String(variable);
    const equals = text.indexOf("=");
    return equals > 0 ? [{ name: text.slice(0, equals), value: text.slice(equals + 1) }] : [];
  });
}

function mountsOf({ mounts }: Fields): Mount[] {
  return listOf(mounts).map((mount) => {
    const { hostPath, containerPath, options } = fieldsOf(mount);
    const readOnly = listOf(options).includes("ro");
    return { hostPath: String(hostPath), containerPath: String(containerPath), readOnly };
  });
}

/** Devices are the machine's own, at the same or at another place. */
function nodesOf({ deviceNodes }: Fields): Mount[] {
  return listOf(deviceNodes).map((node) => {
    const { path, hostPath } = fieldsOf(node);
    return { hostPath: String(hostPath ?? path), containerPath: String(path), readOnly: false };
  });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
