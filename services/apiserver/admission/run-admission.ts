import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

/** Lets every plugin change the object, in order; once more when one says that the others have to see its change. */
export async function admit(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  await admitOnce(plugins, request);
  const { pass, info, object, old } = request;
  if (!pass?.mustRunAgain) return;
  pass.isSecond = true;
  await admitOnce(plugins, request);
  if (object) await info.checkWritten?.(object, old);
}

async function admitOnce(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) {
    const pending = plugin.admit?.(request);
    if (pending) await pending;
  }
}

/** Lets every plugin look at the finished object, in order. */
export async function validateAdmission(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) {
    const pending = plugin.validate?.(request);
    if (pending) await pending;
  }
}
