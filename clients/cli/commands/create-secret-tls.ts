import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "NAME --cert=path/to/cert/file --key=path/to/key/file",
  summary: "Create a TLS secret",
  examples: ["typectl create secret tls web --cert=web.crt --key=web.key"],
  flags: {
    ...createFlags,
    cert: text("--cert <path>", "Certificate in PEM"),
    key: text("--key <path>", "Private key in PEM that belongs to the certificate"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create secret tls", args);
    if (!flags.key || !flags.cert) throw new CliError("key and cert must be specified");
    const [cert, key] = [await readPem(flags.cert), await readPem(flags.key)];
    checkPair(cert, key);
    const data = { "tls.crt": cert.toString("base64"), "tls.key": key.toString("base64") };
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name }, type: "kubernetes.io/tls", data };
    await createMade(context, object, flags);
  },
});

function readPem(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw new CliError(`open ${path}: no such file or directory`);
  });
}

function checkPair(cert: Buffer, key: Buffer): void {
  const certificate = parsed("certificate", () => new X509Certificate(cert));
  const privateKey = parsed("key", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) throw new CliError("tls: private key does not match public key");
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new CliError(`tls: failed to find any PEM data in ${what} input`, { cause: error });
  }
}
