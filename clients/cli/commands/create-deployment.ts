import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { integer, list } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "NAME --image=image -- [COMMAND] [args...]",
  summary: "Create a deployment with the specified name",
  examples: ["typectl create deployment web --image=example/web:1 --replicas=3 --port=8080"],
  flags: {
    ...createFlags,
    image: list("--image <name>", "Image to run; may be repeated"),
    replicas: integer("-r, --replicas <count>", "Number of replicas", 1),
    port: integer("--port <port>", "The port that the container exposes", -1),
  },
  async run({ context, flags, args, afterDash = [] }) {
    const name = onlyName("create deployment", args);
    if (flags.image.length === 0) throw new CliError('required flag(s) "image" not set');
    if (flags.image.length > 1 && afterDash.length > 0)
      throw new CliError("cannot specify multiple --image options and command");
    const labels = { app: name };
    const containers = flags.image.map((image) => ({
      name: containerName(image),
      image,
      ...(afterDash.length > 0 ? { command: [...afterDash] } : {}),
      ...(flags.port >= 0 ? { ports: [{ containerPort: flags.port }] } : {}),
    }));
    const object = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels },
      spec: {
        replicas: flags.replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
    await createMade(context, object, flags);
  },
});

/** The last part of an image's name, without tag and digest. */
function containerName(image: string): string {
  const last = image.split("/").at(-1) ?? image;
  return last
    .replace(/[:@].*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-");
}
