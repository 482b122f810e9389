import type {
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  SleepAction,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { httpHeaderName } from "../../api/names.ts";
import { checkNonNegative, checkPort, checkPortNumber, checkRequired } from "../rules.ts";
import type { PodContext } from "./context.ts";
import { httpSchemes } from "./enumerations.ts";

type Handler = Pick<Probe, "exec" | "httpGet" | "tcpSocket" | "grpc"> & Pick<LifecycleHandler, "sleep">;
const handlerNames = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

/** Checks what runs after a container's start and before its stop. */
export function validateLifecycle(lifecycle: Lifecycle, path: string, context: PodContext): void {
  if (lifecycle.postStart) validateHandler(lifecycle.postStart, `${path}.postStart`, context);
  if (lifecycle.preStop) validateHandler(lifecycle.preStop, `${path}.preStop`, context);
  if (lifecycle.stopSignal !== undefined && !context.spec.os?.name)
    context.errors.forbidden(`${path}.stopSignal`, "may not be set for containers with empty `spec.os.name`");
}

/** Checks a probe that stops a container: liveness or startup. */
export function validateStoppingProbe(probe: Probe | undefined, path: string, context: PodContext): void {
  if (!probe) return;
  validateProbe(probe, path, context);
  if (probe.successThreshold !== 1)
    context.errors.invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1");
}

/** Checks a readiness probe. */
export function validateReadinessProbe(probe: Probe | undefined, path: string, context: PodContext): void {
  if (!probe) return;
  validateProbe(probe, path, context);
  if (probe.terminationGracePeriodSeconds !== undefined)
    context.errors.invalid(
      `${path}.terminationGracePeriodSeconds`,
      probe.terminationGracePeriodSeconds,
      "must not be set for readinessProbes",
    );
}

function validateProbe(probe: Probe, path: string, context: PodContext): void {
  const { errors } = context;
  validateHandler(probe, path, context);
  checkNonNegative(probe.initialDelaySeconds, `${path}.initialDelaySeconds`, errors);
  checkNonNegative(probe.timeoutSeconds, `${path}.timeoutSeconds`, errors);
  checkNonNegative(probe.periodSeconds, `${path}.periodSeconds`, errors);
  checkNonNegative(probe.successThreshold, `${path}.successThreshold`, errors);
  checkNonNegative(probe.failureThreshold, `${path}.failureThreshold`, errors);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    errors.invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0");
}

function validateHandler(handler: Handler, path: string, context: PodContext): void {
  const { errors } = context;
  const given = handlerNames.filter((name) => handler[name] !== undefined);
  if (given.length === 0) errors.required(path, "must specify a handler type");
  for (const name of given.slice(1)) errors.forbidden(`${path}.${name}`, "may not specify more than 1 handler type");
  if (given[0] !== undefined) validateAction(handler, given[0], `${path}.${given[0]}`, context);
}

function validateAction(
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  name: (typeof handlerNames)[number],
  path: string,
  { spec, errors }: PodContext,
): void {
  if (name === "exec" && exec) checkRequired(exec, ["command"], path, errors);
  if (name === "httpGet" && httpGet) validateHttpGet(httpGet, path, errors);
  if (name === "tcpSocket") checkPort(tcpSocket?.port, `${path}.port`, errors);
  if (name === "grpc") checkPortNumber(grpc?.port ?? 0, `${path}.port`, errors);
  if (name === "sleep" && sleep) validateSleep(sleep, spec.terminationGracePeriodSeconds, path, errors);
}

function validateHttpGet(action: HTTPGetAction, path: string, errors: FieldErrors): void {
  checkRequired(action, ["path"], path, errors);
  checkPort(action.port, `${path}.port`, errors);
  if (!httpSchemes.includes(action.scheme ?? ""))
    errors.notSupported(`${path}.scheme`, action.scheme ?? "", httpSchemes);
  for (const { name = "" } of action.httpHeaders ?? [])
    for (const message of httpHeaderName(name)) errors.invalid(`${path}.httpHeaders`, name, message);
}

function validateSleep(sleep: SleepAction, gracePeriod: number | undefined, path: string, errors: FieldErrors): void {
  const seconds = sleep.seconds ?? 0;
  if (gracePeriod !== undefined && (seconds < 0 || seconds > gracePeriod))
    errors.invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`);
}
