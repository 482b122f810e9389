import { readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../base/clock.ts";
import { type ExecCredential, runExecPlugin } from "./exec-credential.ts";
import type { ClusterAccess } from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";

/** How the user of a kubeconfig shows who he is. Certificate and key are PEM. */
export interface UserCredentials {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Asked for at every call: tokens change. */
  readonly token?: (() => string | Promise<string>) | undefined;
}

/** As long as a token from a file is taken for the newest. */
const rereadMs = 60_000;

/** Finds out how to show who the user is: runs the program for that, where there is one. @throws KubeconfigError. */
export async function userCredentials(
  access: ClusterAccess,
  isInteractive: boolean,
  clock: Clock = systemClock,
): Promise<UserCredentials> {
  const { cert, key, token, tokenFile, exec } = access;
  if (tokenFile) return { cert, key, token: fromFile(tokenFile, token, clock) };
  if (token) return { cert, key, token: () => token };
  if (!exec || (cert && key)) return { cert, key };
  let current = await runExecPlugin(exec, isInteractive);
  const renewed = async (): Promise<string> => {
    current = await runExecPlugin(exec, isInteractive);
    return current.token ?? "";
  };
  let renewing: Promise<string> | undefined;
  const fresh = () => {
    if (!isOver(current, clock)) return current.token ?? "";
    renewing ??= renewed().finally(() => (renewing = undefined));
    return renewing;
  };
  return { cert: current.cert, key: current.key, ...(current.token && { token: fresh }) };
}

function isOver({ expiresAtMs }: ExecCredential, clock: Clock): boolean {
  return expiresAtMs !== undefined && clock.now() >= expiresAtMs;
}

/** The file's newest token; the last that could be read, or the kubeconfig's own, while it cannot be. */
function fromFile(path: string, fallback: string | undefined, clock: Clock): () => string | Promise<string> {
  let known = fallback;
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known !== undefined && clock.monotonic() < readAt + rereadMs) return known;
    try {
      known = (await readFile(path, "utf8")).trim() || known;
      readAt = clock.monotonic();
    } catch (error) {
      if (known === undefined) throw new KubeconfigError(`cannot read the token in ${path}`, { cause: error });
    }
    return known ?? "";
  };
}
