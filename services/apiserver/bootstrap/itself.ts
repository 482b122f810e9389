import type { Caller } from "../core.ts";

/** As whom the apiserver furnishes its cluster. */
export const itself: Caller = {
  identity: { user: "system:apiserver", groups: ["system:masters"] },
  signal: new AbortController().signal,
};
