import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attributes, type Authoriser, isPath, noOpinion } from "./authoriser.ts";
import { impersonate } from "./impersonate.ts";

const allowed = new Set(["users jane", "userextras/scopes view", "userextras/scopes edit", "serviceaccounts builder"]);
const authoriser: Authoriser = {
  name: "test",
  decide: (_, attributes: Attributes) => {
    if (isPath(attributes) || attributes.verb !== "impersonate") return noOpinion;
    const { resource, subresource, name } = attributes;
    const what = `${subresource ? `${resource}/${subresource}` : resource} ${name}`;
    return allowed.has(what) ? { verdict: "allow", reason: "" } : noOpinion;
  },
};
const core = { access: { authorisers: [authoriser] }, audit: undefined };
const helper = { user: "helper", groups: ["system:authenticated"] };

test("who may act for others does so by headers", async () => {
  assert.equal(await impersonate(core, helper, {}), helper);
  assert.deepEqual(
    await impersonate(core, helper, { "impersonate-user": "jane", "impersonate-extra-scopes": "view, edit" }),
    { user: "jane", groups: ["system:authenticated"], extra: { scopes: ["view", "edit"] } },
  );
  const account = { "impersonate-user": "system:serviceaccount:default:builder" };
  assert.deepEqual((await impersonate(core, helper, account)).groups, [
    "system:serviceaccounts",
    "system:serviceaccounts:default",
    "system:authenticated",
  ]);
});

test("nobody acts for whom he may not act for", async () => {
  await assert.rejects(impersonate(core, helper, { "impersonate-user": "root" }), {
    reason: "Forbidden",
    message:
      'users "root" is forbidden: User "helper" cannot impersonate resource "users" in API group "" at the cluster scope',
  });
  const jane = { "impersonate-user": "jane" };
  for (const more of [
    { "impersonate-group": ["system:masters"] },
    { "impersonate-uid": "1" },
    { "impersonate-extra-other": "x" },
  ]) {
    await assert.rejects(impersonate(core, helper, { ...jane, ...more }), { reason: "Forbidden" });
  }
  await assert.rejects(impersonate(core, helper, { "impersonate-group": "team" }), { reason: "BadRequest" });
});
