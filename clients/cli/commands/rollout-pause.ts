import { defineCommand } from "../command.ts";
import { type Change, changeFlags, changeRollouts } from "../rollout/change.ts";

export const command = defineCommand({
  usage: "RESOURCE",
  summary: "Mark the provided resource as paused",
  examples: ["typectl rollout pause deployment/web"],
  flags: changeFlags,
  run: ({ context, flags, args }) => changeRollouts(context, { verb: "pause", done: "paused" }, args, flags, pause),
});

const pause: Change = ({ rolling }) => {
  if (rolling.kind !== "Deployment") return { refusal: "pausing is not supported" };
  return rolling.object.spec?.paused ? { refusal: "is already paused" } : { patch: { spec: { paused: true } } };
};
