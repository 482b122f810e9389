import type { UpOptions } from "./options.ts";

/** Reads the files that `up` was given, before anything is started. @throws Error that names the flag and the file. */
export async function checkConfigurationFiles(
  options: Pick<UpOptions, "kubeletConfig" | "schedulerConfig">,
): Promise<void> {
  const { kubeletConfig, schedulerConfig } = options;
  if (kubeletConfig !== undefined) {
    const { readConfiguration, sharedMachineConfiguration } = await import("../kubelet/options.ts");
    await check("--kubelet-config", kubeletConfig, () => readConfiguration(kubeletConfig, sharedMachineConfiguration));
  }
  if (schedulerConfig !== undefined) {
    const { readConfiguration } = await import("../scheduler/options.ts");
    await check("--scheduler-config", schedulerConfig, () => readConfiguration(schedulerConfig));
  }
}

async function check(flag: string, path: string, read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Error(`${flag} ${path} cannot be used: ${detail}`, { cause: error });
  }
}
