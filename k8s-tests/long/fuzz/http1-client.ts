import { Agent, request } from "node:https";
import { type Admittance, answerDeadlineMs, brokenOff, type DoorClient, type Outcome, tooLate } from "./door-client.ts";
import type { OddRequest } from "./odd-request.ts";

/** HTTP/1.1, over connections that are kept. */
export class Http1Client implements DoorClient {
  readonly #agent: Agent;
  readonly #base: { host: string; port: number };

  constructor({ host, port, ca, cert, key }: Admittance, connections: number) {
    this.#base = { host, port };
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca, cert, key });
  }

  send(odd: OddRequest, patienceMs: number): Promise<Outcome> {
    const { method, path, headers, body, breaksOff } = odd;
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.#base, agent: this.#agent, method, path, headers });
      let sofar = "nothing";
      const late = setTimeout(() => {
        const { localPort, bytesRead } = sent.socket ?? {};
        reject(tooLate(odd, `HTTP/1.1 ${sofar} from port ${localPort}, ${bytesRead} bytes in all`));
        sent.destroy();
      }, answerDeadlineMs);
      const done = (status: number, text: string) => {
        clearTimeout(late);
        resolve({ status: breaksOff ? brokenOff : status, text });
      };
      sent.on("error", (error) => done(0, error.message));
      sent.on("upgrade", (answer, socket) => {
        socket.destroy();
        done(answer.statusCode ?? 0, "");
      });
      sent.on("response", (answer) => {
        sofar = `${answer.statusCode}`;
        let text = "";
        const enough = setTimeout(() => answer.destroy(), patienceMs);
        answer.on("error", () => {});
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString("latin1");
        });
        answer.once("close", () => {
          clearTimeout(enough);
          done(answer.statusCode ?? 0, text);
        });
      });
      if (!breaksOff) return void sent.end(body);
      if (body) sent.setHeader("content-length", body.length);
      sent.once("close", () => done(0, ""));
      sent.write(body?.subarray(0, body.length / 2) ?? "", () => sent.destroy());
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
