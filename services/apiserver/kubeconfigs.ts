import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeKubeconfig } from "../../lib/client/kubeconfig.ts";
import type { CertificateSubject } from "./pki/pki.ts";
import type { Apiserver } from "./service.ts";

/** The components that are known by name. Nodes are known by theirs: see `nodeSubject`. */
export const componentSubjects = {
  admin: { commonName: "kubernetes-admin", organizations: ["system:masters"] },
  "controller-manager": { commonName: "system:kube-controller-manager" },
  scheduler: { commonName: "system:kube-scheduler" },
  proxy: { commonName: "system:kube-proxy" },
  dns: { commonName: "system:serviceaccount:kube-system:kube-dns" },
} as const satisfies Record<string, CertificateSubject>;

/** Who the kubelet of a node is. */
function nodeSubject(nodeName: string): CertificateSubject {
  return { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
}

/** Writes a kubeconfig with which `subject` reaches the apiserver at `host`. The apiserver must listen. */
async function writeKubeconfigFor(
  apiserver: Apiserver,
  subject: CertificateSubject,
  path: string,
  host = "127.0.0.1",
): Promise<void> {
  const { pki, grpcPort, httpsPort } = apiserver;
  if (!pki) throw new Error("an apiserver that does not listen has no kubeconfig");
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const access = {
    server: `https://${bracketed}:${httpsPort}`,
    grpcAddress: `${bracketed}:${grpcPort}`,
    ca: pki.caCertificate,
    ...(await pki.clientCertificate(subject)),
    namespace: "default",
    context: "typernetes",
  };
  await writeKubeconfig(path, access, subject.commonName);
}

/** Writes `kubeconfig` for the administrator. */
export async function writeAdminKubeconfig(apiserver: Apiserver, dataDirectory: string, host?: string): Promise<void> {
  await writeKubeconfigFor(apiserver, componentSubjects.admin, join(dataDirectory, "kubeconfig"), host);
}

/** Writes a kubeconfig for each component and node into `kubeconfigs/`. */
export async function writeComponentKubeconfigs(
  apiserver: Apiserver,
  dataDirectory: string,
  nodeNames: readonly string[],
  host?: string,
): Promise<void> {
  const directory = join(dataDirectory, "kubeconfigs");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { admin: _, ...components } = componentSubjects;
  const nodes = nodeNames.map((name) => [`kubelet-${name}`, nodeSubject(name)] as const);
  await Promise.all(
    [...Object.entries<CertificateSubject>(components), ...nodes].map(([name, subject]) =>
      writeKubeconfigFor(apiserver, subject, join(directory, name), host),
    ),
  );
}

/** Writes all of them, the administrator's first. */
export async function writeKubeconfigs(
  apiserver: Apiserver,
  dataDirectory: string,
  nodeNames: readonly string[],
  host?: string,
): Promise<void> {
  await writeAdminKubeconfig(apiserver, dataDirectory, host);
  await writeComponentKubeconfigs(apiserver, dataDirectory, nodeNames, host);
}
