import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../../lib/base/clock.ts";
import { Lru } from "../../../lib/base/lru.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { Identity } from "../../../lib/grpc/router.ts";

const tokenMs = 120_000;
const allowedMs = 300_000;
const deniedMs = 30_000;
const rememberedMax = 1_000;
const askMsMax = 10_000;

interface Remembered<T> {
  value: T;
  untilMs: number;
}

interface GuardDeps {
  client: Client;
  clock: Clock;
  nodeName: string;
}

/**
 * Who asks a kubelet, and whether they may: by certificates of the cluster's authority and by tokens that the server knows,
 * and by what it says of the node's subresources. The server's answers are remembered for a while.
 */
export class HttpGuard {
  readonly #deps: GuardDeps;
  readonly #tokens = new Lru<string, Remembered<Identity>>(rememberedMax);
  readonly #verdicts = new Lru<string, Remembered<boolean>>(rememberedMax);

  constructor(deps: GuardDeps) {
    this.#deps = deps;
  }

  /** @throws StatusError `Unauthorized` for everybody who does not say who they are. */
  async identify(request: IncomingMessage): Promise<Identity> {
    const { socket } = request;
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const subject = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject : undefined;
    if (subject?.CN) return { user: [subject.CN].flat()[0] ?? "", groups: [...groupsOf(subject.O), authenticated] };
    if (token === undefined) throw new StatusError("Unauthorized", "Unauthorized");
    return this.#review(token);
  }

  /** @throws StatusError `Forbidden` unless one of the node's subresources is allowed. */
  async authorise(identity: Identity, verb: string, subresources: readonly string[]): Promise<void> {
    for (const subresource of subresources) if (await this.#isAllowed(identity, verb, subresource)) return;
    const what = `verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}]`;
    throw new StatusError("Forbidden", `Forbidden (user=${identity.user}, ${what})`);
  }

  async #review(token: string): Promise<Identity> {
    const { client, clock } = this.#deps;
    const key = createHash("sha256").update(token).digest("hex");
    const known = this.#tokens.get(key);
    if (known && clock.monotonic() < known.untilMs) return known.value;
    const review = await client.authentication.v1.tokenreviews.create({ spec: { token } }, { timeoutMs: askMsMax });
    const { authenticated: isKnown, user } = review.status ?? {};
    if (!isKnown) throw new StatusError("Unauthorized", "Unauthorized");
    const identity = { user: user?.username ?? "", groups: user?.groups ?? [], uid: user?.uid };
    this.#tokens.set(key, { value: identity, untilMs: clock.monotonic() + tokenMs });
    return identity;
  }

  async #isAllowed({ user, groups, uid }: Identity, verb: string, subresource: string): Promise<boolean> {
    const { client, clock, nodeName: name } = this.#deps;
    const key = JSON.stringify([user, groups, uid, verb, subresource]);
    const known = this.#verdicts.get(key);
    if (known && clock.monotonic() < known.untilMs) return known.value;
    const resourceAttributes = { verb, version: "v1", resource: "nodes", subresource, name };
    const spec = { user, groups: [...groups], uid, resourceAttributes };
    const review = await client.authorization.v1.subjectaccessreviews.create({ spec }, { timeoutMs: askMsMax });
    const value = review.status?.allowed === true;
    this.#verdicts.set(key, { value, untilMs: clock.monotonic() + (value ? allowedMs : deniedMs) });
    return value;
  }
}

const authenticated = "system:authenticated";

function groupsOf(organisations: string | string[] | undefined): string[] {
  return organisations === undefined ? [] : [organisations].flat();
}
