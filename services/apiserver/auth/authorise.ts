import { StatusError } from "../../../lib/base/status-error.ts";
import type { CallOrigin, Identity } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import { type Attributes, type Authoriser, type Decision, isPath, noOpinion } from "./authoriser.ts";

/** What a decision needs. */
export interface Guardian {
  readonly access: { readonly authorisers: readonly Authoriser[] };
  readonly audit: Core["audit"];
}

/**
 * Lets in who may do this, at once where nobody has to be asked; `origin` is for the audit log.
 * @throws StatusError `Unauthorized` for nobody, `Forbidden`.
 */
export function authorise(
  core: Guardian,
  identity: Identity,
  attributes: Attributes,
  origin?: CallOrigin,
): Promise<void> | undefined {
  if (!identity.user) throw new StatusError("Unauthorized", "Unauthorized");
  const decided = decide(core.access.authorisers, identity, attributes);
  if (decided instanceof Promise) return decided.then((said) => actOn(said, core, identity, attributes, origin));
  actOn(decided, core, identity, attributes, origin);
  return undefined;
}

/** @throws StatusError `Forbidden`. */
function actOn(
  { verdict, reason }: Decision,
  core: Guardian,
  identity: Identity,
  attributes: Attributes,
  origin: CallOrigin | undefined,
): void {
  const refused = verdict === "allow" ? undefined : refusal(identity, attributes, reason);
  // Requests of resources are written down where their answers are known.
  if (core.audit && isPath(attributes)) {
    const entry = core.audit.begin({ identity, origin }, attributes);
    if (refused) entry?.failed(refused);
    else entry?.completed();
  }
  if (refused) throw refused;
}

/** What the first authoriser says that has an opinion; else `none`, with the reasons of all. Without waiting where none waits. */
export function decide(
  authorisers: readonly Authoriser[],
  identity: Identity,
  attributes: Attributes,
): Decision | Promise<Decision> {
  return decideFrom(authorisers, 0, identity, attributes, []);
}

function decideFrom(
  authorisers: readonly Authoriser[],
  first: number,
  identity: Identity,
  attributes: Attributes,
  reasons: string[],
): Decision | Promise<Decision> {
  for (let index = first; index < authorisers.length; index++) {
    const said = authorisers[index]!.decide(identity, attributes);
    if (said instanceof Promise) {
      return said.then((decision) => {
        if (decision.verdict !== "none") return decision;
        if (decision.reason) reasons.push(decision.reason);
        return decideFrom(authorisers, index + 1, identity, attributes, reasons);
      });
    }
    if (said.verdict !== "none") return said;
    if (said.reason) reasons.push(said.reason);
  }
  return reasons.length === 0 ? noOpinion : { verdict: "none", reason: reasons.join("\n") };
}

/** What a client is told that may not do something, in Kubernetes' words. */
function refusal(identity: Identity, attributes: Attributes, reason: string): StatusError {
  const user = JSON.stringify(identity.user);
  const because = reason ? `: ${reason}` : "";
  if (isPath(attributes)) {
    const what = `cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}`;
    return new StatusError("Forbidden", `forbidden: User ${user} ${what}${because}`);
  }
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const qualified = group ? `${resource}.${group}` : resource;
  const subject = name ? `${qualified} ${JSON.stringify(name)}` : qualified;
  const full = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  const what = `cannot ${verb} resource ${full} in API group ${JSON.stringify(group)} ${where}`;
  const details = { group, kind: resource, ...(name && { name }) };
  return new StatusError("Forbidden", `${subject} is forbidden: User ${user} ${what}${because}`, details);
}
