import type { Identity } from "../../../lib/grpc/router.ts";

const authenticated = "system:authenticated";
const unauthenticated = "system:unauthenticated";

const inProcess = new WeakSet<Identity>();

/** An identity for calls that stay in this process. */
export function inProcessIdentity({ user, groups, uid, extra }: Identity): Identity {
  const all = user && !groups.includes(unauthenticated) ? new Set([...groups, authenticated]) : groups;
  const identity = Object.freeze({
    user,
    groups: Object.freeze([...all]),
    ...(uid && { uid }),
    ...(extra && { extra }),
  });
  inProcess.add(identity);
  return identity;
}

/** Whether a call with this identity stays in this process, so that its answer is wanted as objects and not as bytes. */
export function isInProcess(identity: Identity): boolean {
  return inProcess.has(identity);
}
