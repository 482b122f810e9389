import { schedulableCommand } from "../drain/schedulable-command.ts";

export const command = schedulableCommand("uncordon");
