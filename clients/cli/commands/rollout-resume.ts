import { defineCommand } from "../command.ts";
import { type Change, changeFlags, changeRollouts } from "../rollout/change.ts";

export const command = defineCommand({
  usage: "RESOURCE",
  summary: "Resume a paused resource",
  examples: ["typectl rollout resume deployment/web"],
  flags: changeFlags,
  run: ({ context, flags, args }) => changeRollouts(context, { verb: "resume", done: "resumed" }, args, flags, resume),
});

const resume: Change = ({ rolling }) => {
  if (rolling.kind !== "Deployment") return { refusal: "resuming is not supported" };
  return rolling.object.spec?.paused ? { patch: { spec: { paused: null } } } : { refusal: "is not paused" };
};
