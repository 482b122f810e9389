import { defineCommand } from "../command.ts";
import { judgeFlags, judgeRequests } from "../request/judge-requests.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | NAME)",
  summary: "Approve a certificate signing request",
  examples: ["typectl certificate approve jane"],
  flags: judgeFlags,
  run: (input) => judgeRequests(input, { command: "certificate approve", type: "Approved", done: "approved" }),
});
