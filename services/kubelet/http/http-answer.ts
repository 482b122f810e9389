/** What is answered to a request; the body may come piece by piece. */
export interface HttpAnswer {
  code: number;
  contentType: string;
  body: string | AsyncIterable<Uint8Array>;
}

/** What may be asked for under one path. */
export interface Endpoint {
  /** `/stats/summary`; one that ends in a slash has what lies below it, too. */
  path: string;
  /** Which subresources of the node one of which must be allowed: `metrics`, `stats`, … */
  subresources: readonly string[];
  answer(url: URL, signal: AbortSignal): Promise<HttpAnswer>;
}

/** A text, and that all went well. */
export function textAnswer(body: string, contentType = "text/plain; charset=utf-8"): HttpAnswer {
  return { code: 200, contentType, body };
}

/** A value as JSON. */
export function jsonAnswer(value: object): HttpAnswer {
  return textAnswer(JSON.stringify(value), "application/json");
}
