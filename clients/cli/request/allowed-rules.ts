import {
  type NonResourceRule,
  type ResourceRule,
  SelfSubjectRulesReviewServiceDefinition,
} from "../../../gen/typernetes/authorization/v1/self_subject_rules_review.ts";
import type { Context } from "../context.ts";
import { TableText } from "../print/table.ts";

/** Prints all that the caller may do in the namespace. */
export async function printRules(context: Context, noHeaders: boolean): Promise<void> {
  const { client, namespace } = await context.connect();
  const request = { object: { spec: { namespace } } };
  const { status = {} } = await client.call(SelfSubjectRulesReviewServiceDefinition, "create", request, context.call);
  if (status.incomplete)
    await context.note(
      `Warning: the list may be incomplete: ${status.evaluationError ?? "the server does not say why"}`,
    );
  const header = noHeaders ? [] : [["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]];
  const rows = [...(status.resourceRules ?? []).flatMap(resourceRows), ...(status.nonResourceRules ?? []).map(urlRow)];
  await context.io.stdout.write(new TableText().format([...header, ...rows]));
}

/** A line per resource, so that each can be looked for. */
function resourceRows({ apiGroups = [], resources = [], resourceNames = [], verbs = [] }: ResourceRule): string[][] {
  return resources.flatMap((resource) =>
    apiGroups.map((group) => [qualified(resource, group), "[]", inBrackets(resourceNames), inBrackets(verbs)]),
  );
}

function qualified(resource: string, group: string): string {
  if (!group) return resource;
  const [plural, ...rest] = resource.split("/");
  return [`${plural}.${group}`, ...rest].join("/");
}

function urlRow({ nonResourceURLs = [], verbs = [] }: NonResourceRule): string[] {
  return ["", inBrackets(nonResourceURLs), "[]", inBrackets(verbs)];
}

function inBrackets(words: readonly string[]): string {
  return `[${words.join(" ")}]`;
}
