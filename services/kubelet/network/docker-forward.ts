import { CommandError, runCommand } from "./command.ts";

/**
 * Docker drops what it does not know on its way through the machine. These rules, in the chain that Docker keeps for
 * its users (or in FORWARD, in case Docker starts later), let through what comes from or goes to `device`.
 */
export async function acceptForwarding(device: string): Promise<void> {
  const rules = await forwardRules();
  if (!rules) return;
  const chain = rules.some((rule) => rule === "-N DOCKER-USER") ? "DOCKER-USER" : "FORWARD";
  const wanted = [`${chain} -i ${device} -j ACCEPT`, `${chain} -o ${device} -j ACCEPT`];
  const missing = wanted.filter((rule) => !rules.includes(`-A ${rule}`));
  await apply(missing.map((rule) => `-I ${rule}`));
}

/** Takes away the rules of every device that `isOurs` claims. */
export async function withdrawForwarding(isOurs: (device: string) => boolean): Promise<void> {
  const rules = (await forwardRules()) ?? [];
  const ours = rules.filter((rule) => {
    const device = /^-A (?:DOCKER-USER|FORWARD) -[io] (\S+) -j ACCEPT$/.exec(rule)?.[1];
    return device !== undefined && isOurs(device);
  });
  await apply(ours.map((rule) => rule.replace("-A", "-D")));
}

async function forwardRules(): Promise<string[] | undefined> {
  try {
    return (await runCommand(["iptables", "-w", "5", "-S"])).trim().split("\n");
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === undefined) return undefined;
    throw error;
  }
}

async function apply(rules: string[]): Promise<void> {
  if (rules.length === 0) return;
  await runCommand(["iptables-restore", "-w", "5", "--noflush"], { input: `*filter\n${rules.join("\n")}\nCOMMIT\n` });
}
