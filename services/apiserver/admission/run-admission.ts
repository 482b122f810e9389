import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

/** One method of a plugin. */
type Step = (request: AdmissionRequest) => Promise<void> | void;

/** What the plugins that look at a kind do about it, in order. */
interface Steps {
  readonly admit: readonly Step[];
  readonly validate: readonly Step[];
}

const stepsByKind = new WeakMap<readonly AdmissionPlugin[], Map<string, Steps>>();

/** Lets every plugin change the object, in order; once more when one says that the others have to see its change. */
export function admit(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> | void {
  const steps = stepsFor(plugins, request.info.groupResource).admit;
  const pending = takeSteps(steps, 0, request);
  if (pending) return pending.then(() => admitAgain(steps, request));
  if (request.pass?.mustRunAgain) return admitAgain(steps, request);
}

/** Lets every plugin look at the finished object, in order. */
export function validateAdmission(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
): Promise<void> | void {
  return takeSteps(stepsFor(plugins, request.info.groupResource).validate, 0, request);
}

async function admitAgain(steps: readonly Step[], request: AdmissionRequest): Promise<void> {
  const { pass, info, object, old } = request;
  if (!pass?.mustRunAgain) return;
  pass.isSecond = true;
  await takeSteps(steps, 0, request);
  if (object) await info.checkWritten?.(object, old);
}

/** Waits only for steps that have to wait. */
function takeSteps(steps: readonly Step[], first: number, request: AdmissionRequest): Promise<void> | void {
  for (let index = first; index < steps.length; index++) {
    const pending = steps[index]!(request);
    if (pending) return pending.then(() => takeSteps(steps, index + 1, request));
  }
}

function stepsFor(plugins: readonly AdmissionPlugin[], kind: string): Steps {
  let known = stepsByKind.get(plugins);
  if (!known) {
    known = new Map();
    stepsByKind.set(plugins, known);
  }
  let steps = known.get(kind);
  if (!steps) {
    const looking = plugins.filter(({ kinds }) => !kinds || kinds.includes(kind));
    const stepsOf = (method: "admit" | "validate") => looking.flatMap((plugin) => plugin[method]?.bind(plugin) ?? []);
    steps = { admit: stepsOf("admit"), validate: stepsOf("validate") };
    known.set(kind, steps);
  }
  return steps;
}
