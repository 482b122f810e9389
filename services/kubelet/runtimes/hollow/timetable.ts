import type { ContainerConfig } from "../runtime.ts";

/** What becomes of a container that is only played. */
export interface Fate {
  /** From its start until it runs. */
  startMs: number;
  /** From then until it ends by itself; absent: it runs until it is stopped. */
  runMs?: number;
  /** With which it ends by itself. */
  exitCode: number;
}

/** Decides on the fate of a container. */
export type Timetable = (config: ContainerConfig) => Fate;

/**
 * Reads a container's fate from its environment: `HOLLOW_START_SECONDS`, `HOLLOW_RUN_SECONDS`, `HOLLOW_EXIT_CODE`. Without
 * them init containers succeed at once, and the others run until they are stopped.
 */
export const timetableOfEnv: Timetable = ({ env, labels }) => {
  const seconds = (name: string) => numberOf(env.find((variable) => variable.name === name)?.value);
  const exitCode = seconds("HOLLOW_EXIT_CODE");
  const endsByItself = exitCode !== undefined || labels["io.kubernetes.container.type"] === "init";
  const runSeconds = seconds("HOLLOW_RUN_SECONDS") ?? (endsByItself ? 0 : undefined);
  const fate = { startMs: (seconds("HOLLOW_START_SECONDS") ?? 0) * 1000, exitCode: exitCode ?? 0 };
  return runSeconds === undefined ? fate : { ...fate, runMs: runSeconds * 1000 };
};

function numberOf(text: string | undefined): number | undefined {
  const number = Number(text);
  return text && number >= 0 ? number : undefined;
}
