import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { containersOf } from "../pods/pod-containers.ts";
import type { ObservedPod } from "../pods/runtime-view.ts";
import { readTerminationLog } from "../pods/termination-log.ts";
import type { ContainerStatus, Runtime } from "../runtimes/runtime.ts";

const messageMaxBytes = 4096;
const logTailBytesMax = 2048;
const logTailLines = 80;

/** Termination messages of one pod's ended containers. */
export class LastWords {
  readonly #runtime: Runtime;
  readonly #directory: string;
  #known = new Map<string, string>();

  constructor(runtime: Runtime, podDirectory: string) {
    this.#runtime = runtime;
    this.#directory = podDirectory;
  }

  /** By container id; each is read once, and forgotten with its container. */
  async read(pod: Pod, observed: ObservedPod): Promise<ReadonlyMap<string, string>> {
    const words = new Map<string, string>();
    for (const spec of containersOf(pod)) {
      for (const attempt of observed.containers.get(spec.name ?? "") ?? []) {
        if (attempt.state === "Exited")
          words.set(attempt.id, this.#known.get(attempt.id) ?? (await this.#readOne(spec, attempt)));
      }
    }
    this.#known = words;
    return words;
  }

  async #readOne(spec: Container, ended: ContainerStatus): Promise<string> {
    const message = await readTerminationLog(this.#directory, ended.name, ended.attempt, messageMaxBytes);
    const wantsLog = spec.terminationMessagePolicy === "FallbackToLogsOnError" && ended.exitCode !== 0;
    return message || !wantsLog ? message : this.#logTail(ended.id);
  }

  async #logTail(containerId: string): Promise<string> {
    const lines: Uint8Array[] = [];
    const entries = this.#runtime.logs(containerId, { follow: false, tailLines: logTailLines });
    for await (const entry of entries) lines.push(entry.line);
    return Buffer.concat(lines).subarray(-logTailBytesMax).toString();
  }
}
