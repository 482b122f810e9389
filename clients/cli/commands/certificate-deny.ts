import { defineCommand } from "../command.ts";
import { judgeFlags, judgeRequests } from "../request/judge-requests.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | NAME)",
  summary: "Deny a certificate signing request",
  examples: ["typectl certificate deny jane"],
  flags: judgeFlags,
  run: (input) => judgeRequests(input, { command: "certificate deny", type: "Denied", done: "denied" }),
});
