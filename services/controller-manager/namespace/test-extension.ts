import { createServer } from "node:https";
import { createTestAuthority } from "../../../lib/grpc/test-certificates.ts";

/** A server of the group `wardle.example.com/v1alpha1`, reached on loopback as `flunders.default.svc`. */
export interface TestExtension {
  readonly port: number;
  /** PEM in base64. */
  readonly caBundle: string;
  /** What there is, as `namespaces/a/flunders/x`. */
  readonly objects: Set<string>;
  /** Methods and paths of what has been asked to be deleted, in order. */
  readonly deletions: string[];
  /** What it calls its group version. */
  groupVersion: string;
  isBroken: boolean;
  close(): Promise<void>;
}

const prefix = "/apis/wardle.example.com/v1alpha1";
const read = ["get", "list", "watch"];
const resources = [
  { name: "flunders", namespaced: true, kind: "Flunder", verbs: [...read, "delete", "deletecollection"] },
  { name: "flunders/status", namespaced: true, kind: "Flunder", verbs: ["get", "delete"] },
  { name: "fischers", namespaced: true, kind: "Fischer", verbs: [...read, "delete"] },
  { name: "reports", namespaced: true, kind: "Report", verbs: read },
  { name: "planets", namespaced: false, kind: "Planet", verbs: [...read, "delete", "deletecollection"] },
];

/** Starts it; the test closes it. */
export async function startTestExtension(): Promise<TestExtension> {
  const authority = await createTestAuthority();
  const certificate = await authority.issue("CN=flunders", { dns: ["flunders.default.svc"] });
  const objects = new Set<string>();
  const state = { objects, deletions: [] as string[], groupVersion: "wardle.example.com/v1alpha1", isBroken: false };
  const server = createServer(certificate, ({ method, url = "" }, response) => {
    const { pathname } = new URL(url, "https://server");
    const answer = (code: number, body: object) =>
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (state.isBroken) return answer(500, { kind: "Status", code: 500 });
    if (pathname === prefix)
      return answer(200, { kind: "APIResourceList", groupVersion: state.groupVersion, resources });
    const place = pathname.slice(prefix.length + 1);
    const found = [...objects].filter((path) => path === place || path.startsWith(`${place}/`));
    if (method === "DELETE") {
      state.deletions.push(place);
      for (const path of found) objects.delete(path);
      return answer(200, { kind: "Status", status: "Success" });
    }
    answer(200, { kind: "List", items: found.map((path) => ({ metadata: { name: path.split("/").at(-1) } })) });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const address = server.address();
  return Object.assign(state, {
    port: typeof address === "object" && address ? address.port : 0,
    caBundle: Buffer.from(authority.ca).toString("base64"),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
