import { type Authoriser, type Decision, noOpinion } from "./authoriser.ts";

const allowed: Decision = Object.freeze({ verdict: "allow", reason: "" });

/** Administrators may do anything. */
export const administrators: Authoriser = {
  name: "AlwaysAllowMasters",
  decide: ({ groups }) => (groups.includes("system:masters") ? allowed : noOpinion),
};

/**
 * The controller manager runs all controllers under one name. Their roles together come to nearly everything, as garbage
 * collection and namespaces concern all kinds: it is let in without adding them up.
 */
export const controllers: Authoriser = {
  name: "Controllers",
  decide: ({ user }) => (user === "system:kube-controller-manager" ? allowed : noOpinion),
};
