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
    subcommands: [
      {
        name: "namespace",
        aliases: ["ns"],
        summary: "Create a namespace with the specified name",
        load: () => import("./commands/create-namespace.ts"),
      },
      {
        name: "configmap",
        aliases: ["cm"],
        summary: "Create a config map from a local file, directory or literal value",
        load: () => import("./commands/create-configmap.ts"),
      },
      {
        name: "secret",
        summary: "Create a secret",
        subcommands: [
          {
            name: "generic",
            summary: "Create a secret from a local file, directory, or literal value",
            load: () => import("./commands/create-secret-generic.ts"),
          },
          { name: "tls", summary: "Create a TLS secret", load: () => import("./commands/create-secret-tls.ts") },
          {
            name: "docker-registry",
            summary: "Create a secret for use with a Docker registry",
            load: () => import("./commands/create-secret-docker-registry.ts"),
          },
        ],
      },
      {
        name: "deployment",
        aliases: ["deploy"],
        summary: "Create a deployment with the specified name",
        load: () => import("./commands/create-deployment.ts"),
      },
      {
        name: "service",
        aliases: ["svc"],
        summary: "Create a service",
        subcommands: [
          {
            name: "clusterip",
            summary: "Create a ClusterIP service",
            load: () => import("./commands/create-service-clusterip.ts"),
          },
          {
            name: "nodeport",
            summary: "Create a NodePort service",
            load: () => import("./commands/create-service-nodeport.ts"),
          },
          {
            name: "loadbalancer",
            summary: "Create a LoadBalancer service",
            load: () => import("./commands/create-service-loadbalancer.ts"),
          },
          {
            name: "externalname",
            summary: "Create an ExternalName service",
            load: () => import("./commands/create-service-externalname.ts"),
          },
        ],
      },
      {
        name: "serviceaccount",
        aliases: ["sa"],
        summary: "Create a service account with the specified name",
        load: () => import("./commands/create-serviceaccount.ts"),
      },
      { name: "role", summary: "Create a role with single rule", load: () => import("./commands/create-role.ts") },
      {
        name: "rolebinding",
        summary: "Create a role binding for a particular role or cluster role",
        load: () => import("./commands/create-rolebinding.ts"),
      },
      { name: "clusterrole", summary: "Create a cluster role", load: () => import("./commands/create-clusterrole.ts") },
      {
        name: "clusterrolebinding",
        summary: "Create a cluster role binding for a particular cluster role",
        load: () => import("./commands/create-clusterrolebinding.ts"),
      },
      {
        name: "cronjob",
        aliases: ["cj"],
        summary: "Create a cron job with the specified name",
        load: () => import("./commands/create-cronjob.ts"),
      },
      { name: "job", summary: "Create a job with the specified name", load: () => import("./commands/create-job.ts") },
      {
        name: "ingress",
        aliases: ["ing"],
        summary: "Create an ingress with the specified name",
        load: () => import("./commands/create-ingress.ts"),
      },
      {
        name: "poddisruptionbudget",
        aliases: ["pdb"],
        summary: "Create a pod disruption budget with the specified name",
        load: () => import("./commands/create-poddisruptionbudget.ts"),
      },
      {
        name: "priorityclass",
        aliases: ["pc"],
        summary: "Create a priority class with the specified name",
        load: () => import("./commands/create-priorityclass.ts"),
      },
      {
        name: "quota",
        aliases: ["resourcequota"],
        summary: "Create a quota with the specified name",
        load: () => import("./commands/create-quota.ts"),
      },
      { name: "token", summary: "Request a service account token", load: () => import("./commands/create-token.ts") },
    ],
  },
  { name: "run", summary: "Run a particular image on the cluster", load: () => import("./commands/run.ts") },
  {
    name: "expose",
    summary: "Take a workload, service or pod and expose it as a new service",
    load: () => import("./commands/expose.ts"),
  },
  {
    name: "apply",
    summary: "Apply a configuration to a resource by file name or stdin",
    load: () => import("./commands/apply.ts"),
  },
  { name: "replace", summary: "Replace a resource by file name or stdin", load: () => import("./commands/replace.ts") },
  { name: "edit", summary: "Edit a resource on the server", load: () => import("./commands/edit.ts") },
  {
    name: "diff",
    summary: "Diff the live version against a would-be applied version",
    load: () => import("./commands/diff.ts"),
  },
  { name: "patch", summary: "Update fields of a resource", load: () => import("./commands/patch.ts") },
  { name: "label", summary: "Update the labels on a resource", load: () => import("./commands/label.ts") },
  { name: "annotate", summary: "Update the annotations on a resource", load: () => import("./commands/annotate.ts") },
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
    name: "autoscale",
    summary: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    load: () => import("./commands/autoscale.ts"),
  },
  {
    name: "set",
    summary: "Set specific features on objects",
    subcommands: [
      { name: "image", summary: "Update the image of a pod template", load: () => import("./commands/set-image.ts") },
      {
        name: "env",
        summary: "Update environment variables on a pod template",
        load: () => import("./commands/set-env.ts"),
      },
      {
        name: "resources",
        summary: "Update resource requests/limits on objects with pod templates",
        load: () => import("./commands/set-resources.ts"),
      },
      { name: "selector", summary: "Set the selector on a resource", load: () => import("./commands/set-selector.ts") },
      {
        name: "serviceaccount",
        aliases: ["sa"],
        summary: "Update the service account of a resource",
        load: () => import("./commands/set-serviceaccount.ts"),
      },
      {
        name: "subject",
        summary: "Update the user, group, or service account in a role binding or cluster role binding",
        load: () => import("./commands/set-subject.ts"),
      },
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
  {
    name: "logs",
    aliases: ["log"],
    summary: "Print the logs for a container in a pod",
    load: () => import("./commands/logs.ts"),
  },
  { name: "events", aliases: ["event", "ev"], summary: "List events", load: () => import("./commands/events.ts") },
  { name: "attach", summary: "Attach to a running container", load: () => import("./commands/attach.ts") },
  { name: "exec", summary: "Execute a command in a container", load: () => import("./commands/exec.ts") },
  {
    name: "port-forward",
    summary: "Forward one or more local ports to a pod",
    load: () => import("./commands/port-forward.ts"),
  },
  { name: "cp", summary: "Copy files and directories to and from containers", load: () => import("./commands/cp.ts") },
  {
    name: "wait",
    summary: "Wait for a specific condition on one or many resources",
    load: () => import("./commands/wait.ts"),
  },
  {
    name: "top",
    summary: "Display resource (CPU/memory) usage",
    subcommands: [
      {
        name: "node",
        aliases: ["nodes", "no"],
        summary: "Display resource (CPU/memory) usage of nodes",
        load: () => import("./commands/top-node.ts"),
      },
      {
        name: "pod",
        aliases: ["pods", "po"],
        summary: "Display resource (CPU/memory) usage of pods",
        load: () => import("./commands/top-pod.ts"),
      },
    ],
  },
  {
    name: "explain-scheduling",
    summary: "Say where a pod would be placed, and per node why or why not",
    load: () => import("./commands/explain-scheduling.ts"),
  },
  { name: "cordon", summary: "Mark node as unschedulable", load: () => import("./commands/cordon.ts") },
  { name: "uncordon", summary: "Mark node as schedulable", load: () => import("./commands/uncordon.ts") },
  { name: "drain", summary: "Drain node in preparation for maintenance", load: () => import("./commands/drain.ts") },
  { name: "taint", summary: "Update the taints on one or more nodes", load: () => import("./commands/taint.ts") },
  {
    name: "certificate",
    summary: "Modify certificate resources",
    subcommands: [
      {
        name: "approve",
        summary: "Approve a certificate signing request",
        load: () => import("./commands/certificate-approve.ts"),
      },
      {
        name: "deny",
        summary: "Deny a certificate signing request",
        load: () => import("./commands/certificate-deny.ts"),
      },
    ],
  },
  {
    name: "auth",
    summary: "Inspect authorization",
    subcommands: [
      { name: "can-i", summary: "Check whether an action is allowed", load: () => import("./commands/auth-can-i.ts") },
      { name: "whoami", summary: "Check who you are to the cluster", load: () => import("./commands/auth-whoami.ts") },
    ],
  },
  {
    name: "cluster-info",
    summary: "Display addresses of the control plane",
    load: () => import("./commands/cluster-info.ts"),
  },
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
    name: "explain",
    summary: "Get documentation for a resource or a field",
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "config",
    summary: "Modify kubeconfig files",
    subcommands: [
      {
        name: "view",
        summary: "Display the kubeconfig, without its secrets",
        load: () => import("./commands/config-view.ts"),
      },
      {
        name: "current-context",
        summary: "Display the current context",
        load: () => import("./commands/config-current-context.ts"),
      },
      {
        name: "get-contexts",
        summary: "Describe one or many contexts",
        load: () => import("./commands/config-get-contexts.ts"),
      },
      {
        name: "use-context",
        aliases: ["use"],
        summary: "Set the current context of the kubeconfig",
        load: () => import("./commands/config-use-context.ts"),
      },
      {
        name: "set-context",
        summary: "Set a context entry in the kubeconfig",
        load: () => import("./commands/config-set-context.ts"),
      },
    ],
  },
  {
    name: "completion",
    summary: "Output shell completion code for the specified shell",
    load: async () => ({ command: (await import("./commands/completion.ts")).completionOf(commands) }),
  },
  { name: "options", summary: "Print the flags that every command has", load: () => import("./commands/options.ts") },
  {
    name: "version",
    summary: "Print the client and server version information",
    load: () => import("./commands/version.ts"),
  },
];
