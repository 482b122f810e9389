import { type CriClient, runtimeMethods } from "./cri-client.ts";

/** What a container runtime tells of its settings; only containerd does. */
export interface RuntimeSettings {
  /** The image of sandboxes. */
  sandboxImage?: string;
  systemdCgroup: boolean;
  /** Where configurations of the network are looked for, and the plugins that they name. */
  cniConfDir?: string;
  cniBinDir?: string;
  /** A template from which the runtime writes a configuration itself when it learns the pods' range. */
  cniConfTemplate?: string;
}

/** Asks for the settings. @throws RuntimeError */
export async function settingsOf(client: CriClient): Promise<RuntimeSettings> {
  const { info } = await client.runtime(runtimeMethods.status, { verbose: true });
  const config = parse(info?.["config"]);
  const cni = member(config, "cni");
  const containerd = member(config, "containerd");
  const runtimes = member(containerd, "runtimes");
  const options = member(member(runtimes, text(containerd, "defaultRuntimeName") ?? "runc"), "options");
  return {
    systemdCgroup: [config, options].some((where) => is(where, "systemdCgroup") || is(where, "SystemdCgroup")),
    ...withText("sandboxImage", text(config, "sandboxImage")),
    ...withText("cniConfDir", text(cni, "confDir")),
    ...withText("cniBinDir", text(cni, "binDir")),
    ...withText("cniConfTemplate", text(cni, "confTemplate")),
  };
}

/** The first process of a sandbox or container, in the machine's terms; undefined when none runs. */
export function processOf(info: Record<string, string> | undefined): number | undefined {
  const pid = member(parse(info?.["info"]), "pid");
  return typeof pid === "number" && pid > 0 ? pid : undefined;
}

function parse(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function is(value: unknown, name: string): boolean {
  return member(value, name) === true;
}

function withText<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const result: Partial<Record<K, string>> = {};
  if (value !== undefined) result[key] = value;
  return result;
}
