import { SelfSubjectAccessReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/self_subject_access_review.ts";
import { CliError, Exit, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { printRules } from "../request/allowed-rules.ts";
import { allNamespacesFlag } from "../request/common-flags.ts";
import { findKind } from "../request/resource-arguments.ts";

const flags = {
  allNamespaces: allNamespacesFlag,
  list: toggle("--list", "Print all that is allowed in the namespace"),
  noHeaders: toggle("--no-headers", "With --list: don't print headers"),
  quiet: toggle("-q, --quiet", "Only answer by the exit code"),
  subresource: text("--subresource <name>", "A part of the resource, such as log or scale"),
};

export const command = defineCommand({
  usage: "VERB (TYPE | TYPE/NAME | NONRESOURCEURL) | --list",
  summary: "Check whether an action is allowed",
  examples: [
    "typectl auth can-i create deployments -n shop",
    "typectl auth can-i get pods --subresource=log",
    "typectl auth can-i get /metrics",
    "typectl auth can-i --list",
  ],
  flags,
  run: canI,
});

type Input = CommandInput<typeof flags>;

async function canI(input: Input): Promise<number> {
  const { context, flags, args } = input;
  if (flags.list) {
    if (args.length > 0) throw usageError("auth can-i", "list option must be specified with no arguments");
    await printRules(context, flags.noHeaders);
    return 0;
  }
  const spec = await specOf(input);
  const { client } = await context.connect();
  const request = { object: { spec } };
  const { status = {} } = await client.call(SelfSubjectAccessReviewServiceDefinition, "create", request, context.call);
  const why = status.reason ? ` - ${status.reason}` : "";
  const problem = status.evaluationError ? ` - ${status.evaluationError}` : "";
  if (!flags.quiet) await context.print(status.allowed ? "yes" : `no${why}${problem}`);
  if (!status.allowed) throw new Exit(1);
  return 0;
}

async function specOf({ context, flags, args }: Input) {
  const [verb, what, name, ...more] = args;
  if (!verb || !what || more.length > 0)
    throw usageError("auth can-i", "you must specify two arguments: verb resource or verb resource/resourceName.");
  if (what.startsWith("/")) {
    if (flags.subresource) throw new CliError("--subresource can not be used with NonResourceURL");
    return { nonResourceAttributes: { verb, path: what } };
  }
  const [kind = "", inName = name ?? ""] = what.split("/");
  const info = kind === "*" ? undefined : findKind(kind);
  const isEverywhere = flags.allNamespaces || info?.namespaced === false;
  const namespace = isEverywhere ? "" : (await context.connect()).namespace;
  if (info?.namespaced === false && context.isNamespaceGiven && !flags.quiet)
    await context.note(`Warning: resource '${info.plural}' is not namespace scoped${groupWords(info.group)}\n`);
  const { subresource } = flags;
  const resource = { group: info?.group ?? "*", resource: info?.plural ?? "*" };
  return { resourceAttributes: { namespace, verb, ...resource, subresource, name: inName } };
}

function groupWords(group: string): string {
  return group ? ` in group '${group}'` : "";
}
