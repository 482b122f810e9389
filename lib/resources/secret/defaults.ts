import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";

/** Fills what Kubernetes fills in a secret; what was written as text becomes data. */
export function defaultSecret(secret: Secret): void {
  secret.type ||= "Opaque";
  if (!secret.stringData) return;
  const data = { ...secret.data };
  for (const [key, text] of Object.entries(secret.stringData)) data[key] = textToBase64(text);
  secret.data = data;
  delete secret.stringData;
}

function textToBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
