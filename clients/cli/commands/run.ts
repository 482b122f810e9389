import { CliError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { duration, integer, optionalText, plainList, text, toggle } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { readLabelPairs, readPairs } from "../request/pairs.ts";
import { runAttached } from "../request/run-attached.ts";
import { serviceOfPorts } from "../request/service-object.ts";

const flags = {
  ...createFlags,
  image: text("--image <name>", "The image for the container to run"),
  imagePullPolicy: text("--image-pull-policy <policy>", "Always, IfNotPresent or Never"),
  restart: text("--restart <policy>", "Always, OnFailure or Never", "Always"),
  env: plainList("--env <name=value>", "Environment variable of the container; may be repeated"),
  port: integer("--port <port>", "The port that the container exposes", -1),
  expose: toggle("--expose", "Make a ClusterIP service for the pod; needs --port"),
  labels: text("-l, --labels <pairs>", "Labels of the pod, parted by commas"),
  annotations: plainList("--annotations <key=value>", "Annotation of the pod; may be repeated"),
  command: toggle("--command", "What follows -- is the command, not its arguments"),
  stdin: toggle("-i, --stdin", "Keep the input of the container open"),
  tty: toggle("-t, --tty", "Give the container a terminal"),
  attach: optionalText("--attach", "Attach to the pod once it runs; so it is with -i", "", "true"),
  rm: toggle("--rm", "Delete the pod after the session"),
  leaveStdinOpen: toggle("--leave-stdin-open", "Leave the input open after the first session ends"),
  quiet: toggle("-q, --quiet", "Only print what the container prints"),
  podRunningTimeout: duration("--pod-running-timeout <time>", "How long to wait until the pod runs", 60_000),
};

export const command = defineCommand({
  usage:
    '[NAME] --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--command] -- [COMMAND] [args...]',
  summary: "Run a particular image on the cluster",
  examples: [
    "typectl run web --image=example/web:1 --port=8080",
    "typectl run once --image=example/tidy:1 --restart=Never --command -- tidy --all",
    "typectl run web --image=example/web:1 --dry-run=client -o yaml",
    "typectl run -it --rm look --image=example/shell:1 --restart=Never",
  ],
  flags,
  async run({ context, flags, args, afterDash }) {
    const [name, ...words] = args;
    if (name === undefined) throw new CliError("NAME is required for run");
    check(flags, words, afterDash);
    const labels = flags.labels ? readLabelPairs(flags.labels) : { run: name };
    const pod = podOf(onlyName("run", [name]), labels, flags, [...words, ...(afterDash ?? [])]);
    const isAttached = attaches(flags);
    await createMade(context, pod, flags, isAttached ? "" : "created");
    if (flags.expose)
      await createMade(
        context,
        serviceOfPorts(name, labels, [{ port: flags.port, protocol: "TCP", targetPort: flags.port }]),
        flags,
      );
    if (!isAttached) return 0;
    return runAttached(context, name, flags);
  },
});

type Words = CommandInput<typeof flags>["flags"];

function check(words: Words, args: readonly string[], afterDash: readonly string[] | undefined): void {
  if (!words.image) throw new CliError("--image is required");
  if (!["Always", "OnFailure", "Never"].includes(words.restart))
    throw new CliError(`invalid restart policy: ${words.restart}`);
  if (words.expose && words.port < 0) throw new CliError("--port must be set when exposing a service");
  if (words.tty && !words.stdin) throw new CliError("-i/--stdin is required for containers with -t/--tty=true");
  if (words.rm && !attaches(words)) throw new CliError("--rm should only be used for attached containers");
  if (attaches(words) && words.dryRun !== "none")
    throw new CliError(
      `--dry-run=${words.dryRun} can't be used with attached containers options (--attach, --stdin, or --tty)`,
    );
  if (words.command && args.length === 0 && !afterDash?.length)
    throw new CliError("--command needs the command after --");
}

/** Input alone is reason enough to attach. */
function attaches({ attach, stdin }: Words): boolean {
  return attach === "" ? stdin : attach === "true";
}

function podOf(name: string, labels: Record<string, string>, words: Words, argv: readonly string[]) {
  const env = Object.entries(readPairs(words.env, "env")).map(([key, value]) => ({ name: key, value }));
  const annotations = readPairs(words.annotations, "annotation");
  const container = {
    name,
    image: words.image,
    ...(words.imagePullPolicy ? { imagePullPolicy: words.imagePullPolicy } : {}),
    ...(argv.length > 0 ? { [words.command ? "command" : "args"]: [...argv] } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(words.port >= 0 ? { ports: [{ containerPort: words.port }] } : {}),
    ...(words.stdin ? { stdin: true, ...(words.leaveStdinOpen ? {} : { stdinOnce: true }) } : {}),
    ...(words.tty ? { tty: true } : {}),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, ...(words.annotations.length > 0 ? { annotations } : {}) },
    spec: { containers: [container], restartPolicy: words.restart },
  };
}
