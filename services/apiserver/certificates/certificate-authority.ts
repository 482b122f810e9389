import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Core } from "../core.ts";
import type { Pki } from "../pki/pki.ts";
import { readSigningRequest, type SigningRequest } from "../pki/signing-request.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { deleteObject } from "../verbs/delete.ts";
import { update } from "../verbs/update.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { isOver } from "./is-over.ts";
import { signers } from "./signers.ts";

type Request = ApiObject & CertificateSigningRequest;

const hourMs = 3600_000;
const lifeMsDefault = 365 * 24 * hourMs;
const lifeMsMin = 600_000;
const cleaningIntervalMs = hourMs;
const kubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";

const everyRequest: Selection = { key: "certificate authority", fieldValues: [] };

/**
 * Answers requests for certificates of the cluster's authority: approves what kubelets ask for themselves, signs what is
 * approved, removes what is over.
 */
export class CertificateAuthority {
  readonly #core: Core;
  readonly #pki: Pki;
  readonly #info: ResourceInfo;
  #running: Promise<void> = Promise.resolve();
  #stopWatching: () => void = () => {};
  #cancelCleaning: () => void = () => {};
  #stopped = false;

  constructor(core: Core, pki: Pki) {
    this.#core = core;
    this.#pki = pki;
    this.#info = core.resource("certificates.k8s.io", "certificatesigningrequests");
  }

  /** Looks after requests from now on. */
  start(): void {
    this.#running = this.#follow();
    this.#scheduleCleaning();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopWatching();
    this.#cancelCleaning();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      const watcher = this.#core.cache.cacheOf(this.#info).watch(everyRequest, () => {});
      this.#stopWatching = () => watcher.end();
      await this.#answerAll();
      // What happens meanwhile waits in the watcher.
      for await (const _ of watcher) await this.#answerAll();
    }
  }

  async #answerAll(): Promise<void> {
    for (const request of this.#all()) {
      if (this.#stopped) return;
      await this.#answer(request).catch((error: unknown) => {
        if (isStatusError(error, "NotFound", "Conflict")) return;
        this.#core.logger.warn({ err: error, request: request.metadata?.name }, "a request for a certificate failed");
      });
    }
  }

  async #answer(request: Request): Promise<void> {
    const { spec = {}, status = {} } = request;
    const signer = signers[spec.signerName ?? ""];
    if (!signer || status.certificate || has(request, "Denied") || has(request, "Failed")) return;
    const read = await readSigningRequest(spec.request ?? "");
    if (!read) return;
    const fault = signer.fault(read, spec.usages ?? []);
    if (!has(request, "Approved")) {
      if (!fault) await this.#approve(request, read);
      return;
    }
    if (fault) return this.#fail(request, fault);
    const lifeMs = Math.max(
      lifeMsMin,
      Math.min(lifeMsDefault, (spec.expirationSeconds ?? Number.POSITIVE_INFINITY) * 1000),
    );
    const certificate = await this.#pki.sign({ ...read, usage: signer.usage, lifeMs });
    const object = clonePlain(request);
    object.status = { ...object.status, certificate: Buffer.from(certificate).toString("base64") };
    await update(this.#core, this.#info, { object }, itself, "status");
  }

  /** Kubelets get what they may have without anybody's asking: a first certificate, and the next one of their own. */
  async #approve(request: Request, { subject }: SigningRequest): Promise<void> {
    const { spec = {} } = request;
    if (spec.signerName !== kubeletClient) return;
    const kinds = [
      { subresource: "selfnodeclient", fits: spec.username === subject.commonName, what: "self kubelet client" },
      { subresource: "nodeclient", fits: true, what: "kubelet client" },
    ];
    for (const { subresource, fits, what } of kinds) {
      if (!fits || !(await this.#mayGet(request, subresource))) continue;
      const message = `Auto approving ${what} certificate after SubjectAccessReview.`;
      await this.#add(request, { type: "Approved", status: "True", reason: "AutoApproved", message }, "approval");
      return;
    }
  }

  #mayGet({ spec = {} }: Request, subresource: string): Promise<boolean> {
    const { username = "", uid, groups = [], extra } = spec;
    const identity: Identity = { user: username, groups, ...(uid && { uid }), ...(extra && { extra }) };
    const { group, version, plural: resource } = this.#info.schema;
    return this.#core.access.isAllowed(identity, { verb: "create", group, version, resource, subresource });
  }

  #fail(request: Request, message: string): Promise<void> {
    return this.#add(request, { type: "Failed", status: "True", reason: "SignerValidationFailure", message }, "status");
  }

  async #add(request: Request, condition: CertificateSigningRequestCondition, subresource: string): Promise<void> {
    const object = clonePlain(request);
    object.status = { ...object.status, conditions: [...(object.status?.conditions ?? []), condition] };
    await update(this.#core, this.#info, { object }, itself, subresource);
  }

  #scheduleCleaning(): void {
    this.#cancelCleaning = this.#core.clock.schedule(cleaningIntervalMs, () => {
      void this.#clean().finally(() => {
        if (!this.#stopped) this.#scheduleCleaning();
      });
    });
  }

  async #clean(): Promise<void> {
    for (const request of this.#all()) {
      if (!isOver(request, this.#core.clock.now())) continue;
      const { name = "", uid } = request.metadata ?? {};
      const path = { info: this.#info, namespace: undefined, name };
      await deleteObject(this.#core, path, { preconditions: { uid } }, itself).catch((error: unknown) => {
        if (!isStatusError(error)) this.#core.logger.warn({ err: error }, "an old request could not be removed");
      });
    }
  }

  #all(): Request[] {
    const cache = this.#core.cache.cacheOf(this.#info);
    return cache.snapshot(undefined).map((entry) => cache.decode(entry));
  }
}

function has({ status }: Request, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}
