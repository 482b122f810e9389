import { quantityValue } from "../../../lib/base/quantity.ts";
import { defaultConfiguration, type KubeletConfiguration } from "./kubelet-configuration.ts";

/** How the logs of a container are kept from growing without bound. */
export interface LogLimits {
  /** A larger log is followed by a new one; `Infinity` is never. */
  maxSizeBytes: number;
  /** Together with the present one. */
  maxFiles: number;
}

/** The limits that a configuration means. @throws Error in Kubernetes' words */
export function logLimitsOf({
  containerLogMaxSize,
  containerLogMaxFiles: maxFiles,
}: Pick<KubeletConfiguration, "containerLogMaxSize" | "containerLogMaxFiles">): LogLimits {
  if (maxFiles <= 1) throw refusal(`invalid MaxFiles ${maxFiles}, must be > 1`);
  const maxSizeBytes = sizeOf(containerLogMaxSize);
  return { maxSizeBytes: maxSizeBytes < 0 ? Number.POSITIVE_INFINITY : maxSizeBytes, maxFiles };
}

/** Kubernetes' defaults: five files of 10 MiB. */
export const logLimitDefaults: LogLimits = logLimitsOf(defaultConfiguration);

function sizeOf(text: string): number {
  try {
    return quantityValue(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw refusal(`failed to parse container log max size ${JSON.stringify(text)}: ${why}`);
  }
}

function refusal(why: string): Error {
  return new Error(`failed to initialize container log manager: ${why}`);
}
