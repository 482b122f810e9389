import type { OutgoingHttpHeaders } from "node:http";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { ForeignGroups } from "../../aggregation/foreign-groups.ts";
import type { ServedResource, ServedResources } from "../../served-resources.ts";
import { acceptsGzip } from "../compression.ts";
import type { Exchange } from "../exchange.ts";
import { type AcceptedEncoding, acceptedEncoding } from "./accepted-encoding.ts";
import { Packed } from "./packed.ts";
import { Rebuilt } from "./rebuilt.ts";
import { VersionThreeBuilder, type VersionThreeDocuments } from "./version-three-documents.ts";
import { VersionTwoBuilder, type VersionTwoDocument } from "./version-two-document.ts";

/** A document of v2, of which each encoding is put together when it is first asked for. */
interface VersionTwo {
  readonly document: VersionTwoDocument;
  readonly modified: Date;
  readonly packed: Map<AcceptedEncoding["encoding"], Promise<Packed>>;
}

const v2 = "/openapi/v2";
const v3 = "/openapi/v3";
const year = 365 * 24 * 60 * 60 * 1000;

/** Answers `/openapi/v2` and `/openapi/v3`: what is served, described for tools. */
export class OpenApi {
  readonly #clock: Clock;
  readonly #two: Rebuilt<VersionTwo>;
  readonly #three: Rebuilt<VersionThreeDocuments>;
  readonly #foreign: ForeignGroups;

  constructor(served: ServedResources, clock: Clock, foreign: ForeignGroups) {
    this.#foreign = foreign;
    this.#clock = clock;
    const two = new VersionTwoBuilder();
    const three = new VersionThreeBuilder();
    const buildTwo = async (resources: readonly ServedResource[]): Promise<VersionTwo> => {
      const descriptions = foreign.all().flatMap(({ description }) => (description ? [description] : []));
      const document = await two.build(resources, descriptions);
      return { document, modified: new Date(clock.now()), packed: new Map() };
    };
    this.#two = new Rebuilt(served, buildTwo, [foreign]);
    this.#three = new Rebuilt(served, (resources) => three.build(resources));
  }

  /** Whether a path is answered here; it may still be that nothing is there. */
  static isPath(path: string): boolean {
    return path === v2 || path === v3 || path.startsWith(`${v3}/`);
  }

  async answer(exchange: Exchange): Promise<void> {
    const path = exchange.path.replace(/\/$/, "");
    if (path === v2) return this.#answerTwo(exchange);
    if (path === v3) return this.#answerIndex(exchange);
    return this.#answerThree(exchange, path.slice(v3.length + 1));
  }

  async #answerTwo(exchange: Exchange): Promise<void> {
    const accepted = acceptedEncoding(exchange.headers.accept, 2);
    if (!accepted) return notAcceptable(exchange);
    const two = await this.#two.get();
    const { document, modified, packed } = two;
    const headers = { ETag: `"${document.hash}-${accepted.encoding}"`, "Last-Modified": modified.toUTCString() };
    if (isKnown(exchange, headers.ETag, modified)) return exchange.send(304, accepted.type, "", headers);
    let body = packed.get(accepted.encoding);
    if (!body) {
      body = Packed.of(Buffer.concat(document[accepted.encoding]));
      packed.set(accepted.encoding, body);
      body.catch(() => packed.delete(accepted.encoding));
    }
    await sendPacked(exchange, accepted.type, await body, headers);
  }

  async #answerIndex(exchange: Exchange): Promise<void> {
    const own = [...(await this.#three.get())].map(([place, { hash }]) => [place, hash] as const);
    // What others serve is asked of them, too.
    const foreign = this.#foreign.all().flatMap(({ group, version, openApiHash: hash }) => {
      return hash === undefined ? [] : ([[`apis/${group}/${version}`, hash]] as const);
    });
    const paths = [...own, ...foreign].map(
      ([place, hash]) => [place, { serverRelativeURL: `${v3}/${place}${hash && `?hash=${hash}`}` }] as const,
    );
    exchange.send(200, "application/json", JSON.stringify({ paths: Object.fromEntries(paths) }));
  }

  async #answerThree(exchange: Exchange, place: string): Promise<void> {
    const document = (await this.#three.get()).get(place);
    if (!document) return notFound(exchange);
    const accepted = acceptedEncoding(exchange.headers.accept, 3);
    if (!accepted) return notAcceptable(exchange);
    const { hash } = document;
    const wanted = exchange.query.get("hash");
    if (wanted && wanted !== hash) {
      const headers = { Location: `${v3}/${place}?hash=${hash}` };
      return exchange.send(301, "text/plain; charset=utf-8", "", headers);
    }
    const expires = new Date(this.#clock.now() + year).toUTCString();
    // What is named by its content never changes.
    const kept = wanted ? { "Cache-Control": "public, immutable", Expires: expires } : {};
    const tag = accepted.encoding === "json" ? `"${hash}"` : `"${hash}-${accepted.encoding}"`;
    const headers = { ETag: tag, ...kept };
    if (isKnown(exchange, tag)) return exchange.send(304, accepted.type, "", headers);
    const body = accepted.encoding === "json" ? document.body : document.protobuf();
    await sendPacked(exchange, accepted.type, await body, headers);
  }
}

function isKnown({ headers }: Exchange, etag: string, modified?: Date): boolean {
  const known = headers["if-none-match"];
  if (known !== undefined) {
    return known === "*" || known.split(",").some((each) => each.trim().replace(/^W\//, "") === etag);
  }
  const since = Date.parse(headers["if-modified-since"] ?? "");
  return modified !== undefined && Math.floor(modified.getTime() / 1000) * 1000 <= since;
}

async function sendPacked(exchange: Exchange, type: string, body: Packed, headers: OutgoingHttpHeaders): Promise<void> {
  const vary = { Vary: "Accept, Accept-Encoding" };
  if (acceptsGzip(exchange)) {
    exchange.send(200, type, body.bytes, { ...headers, ...vary, "Content-Encoding": "gzip" });
  } else exchange.send(200, type, await body.plain(), { ...headers, ...vary });
}

function notAcceptable(exchange: Exchange): void {
  exchange.send(406, "text/plain; charset=utf-8", "");
}

function notFound(exchange: Exchange): void {
  exchange.send(404, "text/plain; charset=utf-8", "404 page not found\n");
}
