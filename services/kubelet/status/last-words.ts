import { readFile } from "node:fs/promises";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { terminationLogFile } from "../pods/container-config.ts";
import type { ObservedPod } from "../pods/observed-pod.ts";
import type { ContainerStatus, Runtime } from "../runtimes/runtime.ts";

const messageMaxBytes = 4096;
const logTailBytesMax = 2048;
const logTailLines = 80;

/** Termination messages of a pod's ended containers, by container id; what `known` has is not read again. */
export async function readLastWords(
  runtime: Runtime,
  pod: Pod,
  directory: string,
  observed: ObservedPod,
  known: Map<string, string>,
): Promise<void> {
  const specs = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  for (const spec of specs) {
    for (const attempt of observed.containers.get(spec.name ?? "") ?? []) {
      if (attempt.state === "Exited" && !known.has(attempt.id))
        known.set(attempt.id, await lastWords(runtime, spec, directory, attempt));
    }
  }
}

async function lastWords(
  runtime: Runtime,
  spec: Container,
  directory: string,
  ended: ContainerStatus,
): Promise<string> {
  const path = terminationLogFile(directory, ended.name, ended.attempt);
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  if (bytes.length > 0 || ended.exitCode === 0 || spec.terminationMessagePolicy !== "FallbackToLogsOnError") {
    return bytes.subarray(0, messageMaxBytes).toString();
  }
  const lines: Uint8Array[] = [];
  for await (const entry of runtime.logs(ended.id, { follow: false, tailLines: logTailLines })) lines.push(entry.line);
  return Buffer.concat(lines).subarray(-logTailBytesMax).toString();
}
