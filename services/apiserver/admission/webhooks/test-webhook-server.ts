import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdmissionRequest, AdmissionResponse } from "../../../../gen/typernetes/admission/v1/admission_review.ts";
import { systemClock } from "../../../../lib/base/clock.ts";
import { openPki } from "../../pki/pki.ts";

/** What a webhook of a test makes of a request; undefined for a webhook that never answers. */
export type TestWebhook = (request: AdmissionRequest) => Partial<AdmissionResponse> | undefined;

/** Webhooks over HTTPS, each at the path `/<name>`. */
export interface TestWebhookServer {
  readonly port: number;
  /** In base64. */
  readonly caBundle: string;
  readonly webhooks: Map<string, TestWebhook>;
  /** Where a webhook is. */
  at(name: string): { url: string; caBundle: string };
  close(): Promise<void>;
}

/** Starts it, with a certificate for loopback and `serverNames`. Endpoints are no loopback addresses: it listens on all. */
export async function startTestWebhooks(serverNames: readonly string[] = []): Promise<TestWebhookServer> {
  const directory = await mkdtemp(join(tmpdir(), "typernetes-webhooks-"));
  const pki = await openPki(directory, systemClock);
  const { cert, key } = await pki.servingCertificate("webhook", ["127.0.0.1", ...serverNames]);
  const webhooks = new Map<string, TestWebhook>();
  const server = createServer({ cert, key }, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { request: asked, ...type } = JSON.parse(Buffer.concat(parts).toString());
    const name = new URL(request.url ?? "", "https://x").pathname.slice(1);
    const said = webhooks.get(name)?.(asked);
    if (said) response.end(JSON.stringify({ ...type, response: { uid: asked.uid, ...said } }));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(pki.caCertificate).toString("base64");
  return {
    port,
    caBundle,
    webhooks,
    at: (name) => ({ url: `https://127.0.0.1:${port}/${name}`, caBundle }),
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A JSON patch as answers carry it. */
export function jsonPatch(...operations: object[]): Partial<AdmissionResponse> {
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return { allowed: true, patchType: "JSONPatch", patch };
}
