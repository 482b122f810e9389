import http from "node:http";

/** Where requests go. */
export interface Target {
  host: string;
  port: number;
}

/** One request over a connection of its own; answers the body. Never retried. */
function request({ host, port }: Target): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = http.get({ host, port, agent: false, timeout: 30_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () =>
        response.statusCode === 200 ? resolve(body.trim()) : reject(new Error(`status ${response.statusCode}`)),
      );
      response.on("error", reject);
    });
    call.on("timeout", () => call.destroy(new Error("no answer within 30 s")));
    call.on("error", reject);
  });
}

/** Sends `count` requests, some at a time; answers how many each pod answered. */
export async function spread(target: Target, count: number): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const [pod = ""] = (await request(target)).split(" ");
      answers.set(pod, (answers.get(pod) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return answers;
}

/** What constant load has met. */
export interface LoadResult {
  requests: number;
  failures: string[];
  /** Answers by the version in them. */
  versions: Map<string, number>;
}

/** Constant load until it is stopped: a few clients, each with one request at a time over a new connection. */
export class ConstantLoad {
  readonly #target: Target;
  readonly #result: LoadResult = { requests: 0, failures: [], versions: new Map() };
  #running = true;
  readonly #clients: Promise<void>[];

  constructor(target: Target, clients = 4) {
    this.#target = target;
    this.#clients = Array.from({ length: clients }, () => this.#client());
  }

  async stop(): Promise<LoadResult> {
    this.#running = false;
    await Promise.all(this.#clients);
    return this.#result;
  }

  async #client(): Promise<void> {
    while (this.#running) {
      this.#result.requests++;
      try {
        const [, version = ""] = (await request(this.#target)).split(" ");
        this.#result.versions.set(version, (this.#result.versions.get(version) ?? 0) + 1);
      } catch (error) {
        this.#result.failures.push(error instanceof Error ? error.message : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
