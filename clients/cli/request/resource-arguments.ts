import { findResource, type ResourceInfo, resourceInfos, resourcesOfCategory } from "../../../lib/api/resource-info.ts";
import { CliError, UnknownKindError } from "../cli-error.ts";
import { customInfos } from "./custom-kinds.ts";

/** One kind that is asked for; without names, all its objects. */
export interface ResourceRequest {
  readonly info: ResourceInfo;
  readonly names: readonly string[] | undefined;
}

/**
 * Reads `pods`, `pods,svc`, `all`, `pods a b`, `pod/a svc/b`: kinds in the order asked for. Of the objects in the form
 * `kind/name`, each is a request of its own, so that they keep their order.
 * @throws CliError
 */
export function readResourceArguments(args: readonly string[]): ResourceRequest[] {
  const [first, ...names] = args;
  if (first === undefined) return [];
  if (args.some((argument) => argument.includes("/"))) return readPairs(args);
  const infos = first.split(",").flatMap(kindsOf);
  const unique = [...new Set(infos)];
  return unique.map((info) => ({ info, names: names.length > 0 ? names : undefined }));
}

function readPairs(args: readonly string[]): ResourceRequest[] {
  return args.flatMap((argument) => {
    const [kinds = "", name = "", ...more] = argument.split("/");
    if (!argument.includes("/"))
      throw new CliError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'typectl get resource/<resource_name>' instead of 'typectl get resource resource/<resource_name>'",
      );
    if (more.length > 0 || !kinds || !name)
      throw new CliError(`arguments in resource/name form must have a single resource and name: ${argument}`);
    return kinds.split(",").map((kind) => ({ info: findKind(kind), names: [name] }));
  });
}

function kindsOf(name: string): ResourceInfo[] {
  const wanted = name.toLowerCase();
  const custom = customInfos().filter((info) => info.categories.includes(wanted));
  const category = [...resourcesOfCategory(wanted), ...custom];
  if (category.length === 0 || findResource(name)) return [findKind(name)];
  const seen = new Set<string>();
  return category.filter(({ group, kind }) => {
    const key = `${group}/${kind}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** The kind that a user means. @throws CliError when there is none. */
export function findKind(name: string): ResourceInfo {
  const info = findResource(name, [...resourceInfos, ...customInfos()]);
  if (!info) throw new UnknownKindError(`the server doesn't have a resource type ${JSON.stringify(name)}`);
  return info;
}

/** Reads one object, given as `kind/name`, `kind name`, or as a name alone of the kind `assumed`. */
export function readOneObject(args: readonly string[], assumed: string): { info: ResourceInfo; name: string } {
  const [only = "", second] = args;
  if (second !== undefined) return { info: findKind(only), name: second };
  const slash = only.indexOf("/");
  if (slash < 0) return { info: findKind(assumed), name: only };
  return { info: findKind(only.slice(0, slash)), name: only.slice(slash + 1) };
}
