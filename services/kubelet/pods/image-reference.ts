const lengthMax = 255;
const label = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?";
const domain = new RegExp(`^(${label}(\\.${label})*|\\[[0-9a-fA-F:]+\\])(:[0-9]+)?$`);
const part = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
const path = new RegExp(`^${part}(/${part})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** Why no image can have this name, in the words that users of images know; undefined when one can. */
export function imageNameProblem(image: string): string | undefined {
  const format = "invalid reference format";
  const [named = "", digest, ...others] = image.split("@");
  if (others.length > 0 || (digest !== undefined && !digestPattern.test(digest))) return format;
  const [, name = named, tag] = /^(.*):([^/]*)$/s.exec(named) ?? [];
  if (tag !== undefined && !tagPattern.test(tag)) return format;
  const rest = repositoryOf(name);
  if (rest === undefined || !path.test(rest.toLowerCase())) return format;
  if (!path.test(rest)) return `${format}: repository name (${rest}) must be lowercase`;
  return rest.length > lengthMax ? `repository name must not be more than ${lengthMax} characters` : undefined;
}

/** What follows the registry; undefined when that is no registry's name. */
function repositoryOf(name: string): string | undefined {
  const [first = "", ...rest] = name.split("/");
  const isDomain = rest.length > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  if (!isDomain) return rest.length > 0 ? name : `library/${name}`;
  return domain.test(first) ? rest.join("/") : undefined;
}
