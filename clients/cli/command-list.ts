import type { RunnableCommand } from "./command.ts";

/** A command and where it is; loaded only when it is run, so that the program starts fast. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly load?: () => Promise<{ command: RunnableCommand }>;
  readonly subcommands?: readonly CommandEntry[];
}

/** Every command, in the order of the overview. */
export const commands: readonly CommandEntry[] = [
  { name: "get", summary: "Display one or many resources", load: () => import("./commands/get.ts") },
  {
    name: "describe",
    summary: "Show details of a specific resource or group of resources",
    load: () => import("./commands/describe.ts"),
  },
  {
    name: "create",
    summary: "Create a resource from a file or from stdin",
    load: () => import("./commands/create.ts"),
  },
  {
    name: "apply",
    summary: "Apply a configuration to a resource by file name or stdin",
    load: () => import("./commands/apply.ts"),
  },
  {
    name: "delete",
    summary: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    load: () => import("./commands/delete.ts"),
  },
  {
    name: "scale",
    summary: "Set a new size for a deployment, replica set, or replication controller",
    load: () => import("./commands/scale.ts"),
  },
  {
    name: "set",
    summary: "Set specific features on objects",
    subcommands: [
      { name: "image", summary: "Update the image of a pod template", load: () => import("./commands/set-image.ts") },
    ],
  },
  {
    name: "rollout",
    summary: "Manage the rollout of a resource",
    subcommands: [
      { name: "status", summary: "Show the status of the rollout", load: () => import("./commands/rollout-status.ts") },
      { name: "history", summary: "View rollout history", load: () => import("./commands/rollout-history.ts") },
      { name: "undo", summary: "Undo a previous rollout", load: () => import("./commands/rollout-undo.ts") },
      {
        name: "pause",
        summary: "Mark the provided resource as paused",
        load: () => import("./commands/rollout-pause.ts"),
      },
      { name: "resume", summary: "Resume a paused resource", load: () => import("./commands/rollout-resume.ts") },
      { name: "restart", summary: "Restart a resource", load: () => import("./commands/rollout-restart.ts") },
    ],
  },
  { name: "logs", summary: "Print the logs for a container in a pod", load: () => import("./commands/logs.ts") },
  { name: "exec", summary: "Execute a command in a container", load: () => import("./commands/exec.ts") },
  {
    name: "wait",
    summary: "Wait for a specific condition on one or many resources",
    load: () => import("./commands/wait.ts"),
  },
  { name: "cordon", summary: "Mark node as unschedulable", load: () => import("./commands/cordon.ts") },
  { name: "uncordon", summary: "Mark node as schedulable", load: () => import("./commands/uncordon.ts") },
  { name: "drain", summary: "Drain node in preparation for maintenance", load: () => import("./commands/drain.ts") },
  {
    name: "api-resources",
    summary: "Print the supported API resources on the server",
    load: () => import("./commands/api-resources.ts"),
  },
  {
    name: "api-versions",
    summary: 'Print the supported API versions on the server, in the form of "group/version"',
    load: () => import("./commands/api-versions.ts"),
  },
  {
    name: "version",
    summary: "Print the client and server version information",
    load: () => import("./commands/version.ts"),
  },
];
