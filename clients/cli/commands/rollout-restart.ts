import { defineCommand } from "../command.ts";
import { type Change, changeFlags, changeRollouts } from "../rollout/change.ts";

const restartedAt = "kubectl.kubernetes.io/restartedAt";

export const command = defineCommand({
  usage: "RESOURCE",
  summary: "Restart a resource",
  examples: ["typectl rollout restart deployment/web"],
  flags: changeFlags,
  run: ({ context, flags, args }) => {
    const now = new Date(context.io.clock.now()).toISOString().replace(/\.\d+/, "");
    return changeRollouts(context, { verb: "restart", done: "restarted" }, args, flags, restart(now));
  },
});

function restart(now: string): Change {
  return ({ rolling }) => {
    if (rolling.kind === "Deployment" && rolling.object.spec?.paused)
      return { refusal: "can't restart paused deployment (run rollout resume first)" };
    return { patch: { spec: { template: { metadata: { annotations: { [restartedAt]: now } } } } } };
  };
}
