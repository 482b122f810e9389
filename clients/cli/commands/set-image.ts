import { CliError, throwAll, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import {
  dryRunFlag,
  dryRunOption,
  dryRunSuffix,
  outputFlag,
  readDryRun,
  selectorFlag,
} from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { clientOf, type Found, fetchAll, withKind } from "../request/objects.ts";
import { readResourceArguments } from "../request/resource-arguments.ts";
import { patchAt, podTemplateOf } from "../request/workloads.ts";

const flags = {
  selector: selectorFlag,
  all: toggle("--all", "Select all resources of the given kinds in the namespace"),
  output: outputFlag,
  dryRun: dryRunFlag,
};

export const command = defineCommand({
  usage: "(TYPE NAME | TYPE/NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  summary: "Update the image of a pod template",
  examples: [
    "typectl set image deployment/web web=example/web:2",
    "typectl set image deployments --all '*=example/web:2'",
  ],
  flags,
  run: setImage,
});

type Input = CommandInput<typeof flags>;

async function setImage({ context, flags, args }: Input): Promise<void> {
  const images = args.filter((argument) => argument.includes("=")).map(readImage);
  const requests = readResourceArguments(args.filter((argument) => !argument.includes("=")));
  if (requests.length === 0)
    throw usageError("set image", "one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (images.length === 0) throw new CliError("at least one image update is required");
  if (!requests.every(({ names }) => names) && !flags.all && !flags.selector)
    throw new CliError("resource(s) were provided, but no name was specified");
  const dryRun = readDryRun(flags.dryRun);
  const { found, errors } = await fetchAll(context, requests, flags);
  for (const one of found) {
    try {
      const patch = imagePatch(one, images);
      if (!patch) continue;
      const object = dryRun === "client" ? one.object : await send({ context, flags }, one, patch);
      await tellDone(context, flags.output, { ...one, object }, `image updated${dryRunSuffix(dryRun)}`);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

interface Image {
  /** Of the container; `*` for all. */
  readonly name: string;
  readonly image: string;
}

function readImage(text: string): Image {
  const equals = text.indexOf("=");
  const [name, image] = [text.slice(0, equals), text.slice(equals + 1)];
  if (!name || !image) throw new CliError(`all images must be in the form CONTAINER_NAME=CONTAINER_IMAGE: ${text}`);
  return { name, image };
}

/** The patch that sets the images; undefined when they are set already. @throws CliError for unknown containers */
function imagePatch({ info, object }: Found, images: readonly Image[]): Record<string, unknown> | undefined {
  const place = podTemplateOf(info, object);
  if (!place) throw new CliError(`${info.plural}/${object.metadata?.name}: the object has no pod template`);
  const { containers = [], initContainers = [] } = place.template.spec ?? {};
  const names = [...containers, ...initContainers].map(({ name }) => name);
  for (const { name } of images) {
    if (name !== "*" && !names.includes(name))
      throw new CliError(`unable to find container named ${JSON.stringify(name)}`);
  }
  const changed = (list: typeof containers) =>
    list.flatMap(({ name = "", image: old }) => {
      const wanted = images.findLast((image) => image.name === name || image.name === "*")?.image;
      return wanted && wanted !== old ? [{ name, image: wanted }] : [];
    });
  const spec = { containers: changed(containers), initContainers: changed(initContainers) };
  const kept = Object.fromEntries(Object.entries(spec).filter(([, list]) => list.length > 0));
  return Object.keys(kept).length > 0 ? patchAt([...place.path, "spec"], kept) : undefined;
}

async function send({ context, flags }: Pick<Input, "context" | "flags">, { info, object }: Found, patch: object) {
  const { name = "", namespace } = object.metadata ?? {};
  const client = await clientOf(context, info);
  const options = { ...(namespace ? { namespace } : {}), fieldManager, ...dryRunOption(readDryRun(flags.dryRun)) };
  return withKind(info, await client.patch(name, patch, { ...options, ...context.call }));
}
