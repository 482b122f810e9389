import { killService, processOf, servicesOf } from "../../story/services.ts";
import type { Stage } from "../../story/stage.ts";
import type { Dice } from "../fuzz/dice.ts";
import type { Journal } from "./journal.ts";

/** No more nodes than this are lost at a time: the others have room for their pods. */
const lostMax = 3;
/** A node is noticed to be lost after 40 s, its pods leave 10 s later: some come back before, some after. */
const lostMs = { min: 20_000, spread: 55_000 };

/** A service that was killed is back within this time, also where others use the machine. */
const backMsMax = 300_000;

/** What happens to the services of a cluster, whatever users do. */
export class Disturbances {
  readonly #stage: Stage;
  readonly #dice: Dice;
  readonly #journal: Journal;
  /** When each of the lost nodes comes back. */
  readonly #lost = new Map<string, number>();

  constructor(stage: Stage, dice: Dice, journal: Journal) {
    this.#stage = stage;
    this.#dice = dice;
    this.#journal = journal;
  }

  /** One service ends without warning, or one node is not heard of for a while. */
  async disturb(): Promise<void> {
    if (this.#dice.chance(0.3)) return this.#loseNode();
    const central = ["apiserver", "controller-manager", "scheduler"];
    const names = servicesOf(this.#stage).filter((name) => this.#dice.chance(0.5) === central.includes(name));
    const name = names[this.#dice.below(names.length)];
    if (!name || this.#isLost(name)) return;
    this.#journal.note(name.replace(/^(kubelet|proxy)-/, ""), `killed ${name}`);
    await killService(this.#stage, name, backMsMax);
  }

  #isLost(service: string): boolean {
    return [...this.#lost.keys()].some((node) => service === `kubelet-${node}`);
  }

  #loseNode(): void {
    const kubelets = servicesOf(this.#stage).filter((name) => name.startsWith("kubelet-") && !this.#isLost(name));
    const name = kubelets[this.#dice.below(kubelets.length)];
    if (!name || this.#lost.size >= lostMax) return;
    const pid = processOf(this.#stage, name);
    if (pid === undefined) return;
    process.kill(pid, "SIGSTOP");
    const node = name.replace("kubelet-", "");
    this.#lost.set(node, Date.now() + lostMs.min + this.#dice.below(lostMs.spread));
    this.#journal.note(node, "lost");
  }

  /** Nodes whose time has come are back; all of them when `all`. */
  bringBack(all = false): void {
    for (const [node, backMs] of this.#lost) {
      if (!all && Date.now() < backMs) continue;
      const pid = processOf(this.#stage, `kubelet-${node}`);
      if (pid !== undefined) process.kill(pid, "SIGCONT");
      this.#lost.delete(node);
      this.#journal.note(node, "back");
    }
  }
}
