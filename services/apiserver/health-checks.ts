import type { Core } from "./core.ts";

/** One thing that has to be right for the server to be ready. */
export interface HealthCheck {
  name: string;
  /** Undefined when it is right, else what is wrong. */
  fault: string | undefined;
}

const deadlineMs = 2000;

/** Whether the store answers, and the cache keeps up with it. */
export async function healthChecks(core: Core): Promise<HealthCheck[]> {
  return [
    { name: "ping", fault: undefined },
    { name: "store", fault: await faultOf(core, () => core.store.currentRevision()) },
    { name: "watch-cache", fault: await faultOf(core, () => core.cache.fresh()) },
  ];
}

async function faultOf(core: Core, check: () => Promise<unknown>): Promise<string | undefined> {
  let cancel = () => {};
  const late = new Promise<string>((resolve) => {
    cancel = core.clock.schedule(deadlineMs, () => resolve(`no answer within ${deadlineMs} ms`));
  });
  const answered = check().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return Promise.race([answered, late]).finally(() => cancel());
}
