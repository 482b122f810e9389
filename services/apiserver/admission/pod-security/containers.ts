import type { Container, Pod, SecurityContext } from "../../../../gen/typernetes/core/v1/pod.ts";

/** What all containers of a pod have that security looks at, debugging ones too. */
export type AnyContainer = Pick<Container, "name" | "ports"> & { securityContext?: SecurityContext | undefined };

export function allContainers({ spec }: Pod): AnyContainer[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
}

/** `container "a"`, `containers "a", "b"`. */
export function named(what: string, names: readonly (string | undefined)[]): string {
  return `${what}${names.length === 1 ? "" : "s"} ${quoted(names)}`;
}

/** `"a", "b"`. */
export function quoted(texts: readonly (string | undefined)[]): string {
  return texts.map((text) => JSON.stringify(text ?? "")).join(", ");
}

/** What is against containers of which `isBad` holds; undefined when there are none. */
export function against(
  containers: readonly AnyContainer[],
  isBad: (container: AnyContainer) => boolean,
  rule: string,
): string | undefined {
  const bad = containers.filter(isBad).map(({ name }) => name);
  return bad.length > 0 ? `${named("container", bad)} ${rule}` : undefined;
}

export function isWindows({ spec }: Pod): boolean {
  return spec?.os?.name === "windows";
}
