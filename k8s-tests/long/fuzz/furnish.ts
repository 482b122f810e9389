import type { FuzzedServer } from "./fuzzed-server.ts";

/** Makes what others need: namespaces, and the accounts that pods run as. */
export async function furnish(server: FuzzedServer): Promise<void> {
  for (const name of ["fuzz-a", "fuzz-b", "default"]) {
    await server.ask("POST", "/api/v1/namespaces", { metadata: { name } });
    await server.ask("POST", `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: "default" } });
  }
}
