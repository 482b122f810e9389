import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyServiceDefinition } from "../../gen/typernetes/proxy/v1/proxy.ts";
import { SchedulerServiceDefinition } from "../../gen/typernetes/scheduler/v1/scheduler.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import { Router } from "../../lib/grpc/router.ts";
import { ComponentRoutes } from "./component-routes.ts";

const administrator = { user: "kubernetes-admin", groups: ["system:masters"] };
const { explain } = SchedulerServiceDefinition.methods;
const { getTable } = ProxyServiceDefinition.methods;

test("a component is reached as soon as it runs", async () => {
  const routes = new ComponentRoutes();
  const transport = inProcessTransport(routes.router, administrator);
  const ask = () => transport.unary(SchedulerServiceDefinition, explain, { name: "web" });
  await assert.rejects(ask(), { reason: "ServiceUnavailable", message: /does not run in this process/ });
  routes.scheduler = new Router().add(SchedulerServiceDefinition, {
    explain: async ({ name }) => ({ message: `about ${name}`, nodes: [] }),
  });
  assert.equal((await ask()).message, "about web");
});

test("only administrators ask components", async () => {
  const routes = new ComponentRoutes();
  routes.proxy = new Router().add(ProxyServiceDefinition, { getTable: async () => ({ mode: "nftables", ports: [] }) });
  const node = inProcessTransport(routes.router, { user: "system:node:node-1", groups: ["system:nodes"] });
  await assert.rejects(node.unary(ProxyServiceDefinition, getTable, {}), { reason: "Forbidden" });
  const table = await inProcessTransport(routes.router, administrator).unary(ProxyServiceDefinition, getTable, {});
  assert.equal(table.mode, "nftables");
});
