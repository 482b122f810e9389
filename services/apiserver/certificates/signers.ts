import type { SigningRequest } from "../pki/signing-request.ts";

/** What one of the cluster's own signers certifies. */
export interface Signer {
  readonly usage: "client" | "server";
  /** What is wrong with a request; undefined when it can be signed. */
  fault(request: SigningRequest, usages: readonly string[]): string | undefined;
}

const nodesGroup = "system:nodes";
const nodePrefix = "system:node:";
const common = ["digital signature", "key encipherment"];

/** The signers that the apiserver is; others look after theirs by themselves. */
export const signers: Readonly<Record<string, Signer>> = {
  "kubernetes.io/kube-apiserver-client": {
    usage: "client",
    fault: (_, usages) => usageFault(usages, "client auth"),
  },
  "kubernetes.io/kube-apiserver-client-kubelet": {
    usage: "client",
    fault: (request, usages) => nodeFault(request) ?? namesFault(request, false) ?? usageFault(usages, "client auth"),
  },
  "kubernetes.io/kubelet-serving": {
    usage: "server",
    fault: (request, usages) => nodeFault(request) ?? namesFault(request, true) ?? usageFault(usages, "server auth"),
  },
};

function nodeFault({ subject }: SigningRequest): string | undefined {
  const { commonName, organizations } = subject;
  if (organizations.length !== 1 || organizations[0] !== nodesGroup) {
    return `subject organization is not ${nodesGroup}`;
  }
  return commonName.startsWith(nodePrefix) ? undefined : `subject common name does not begin with ${nodePrefix}`;
}

function namesFault({ names, hasOtherNames }: SigningRequest, wanted: boolean): string | undefined {
  if (hasOtherNames) return "URI and email subjectAltNames are not allowed";
  if (wanted && names.length === 0) return "at least one DNS or IP subjectAltName is required";
  return !wanted && names.length > 0 ? "DNS and IP subjectAltNames are not allowed" : undefined;
}

function usageFault(usages: readonly string[], wanted: string): string | undefined {
  if (!usages.includes(wanted)) return `usages did not match, "${wanted}" is required`;
  const other = usages.find((usage) => usage !== wanted && !common.includes(usage));
  return other === undefined ? undefined : `usages did not match, "${other}" is not allowed`;
}
