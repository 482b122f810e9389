import { CommandError, runCommand } from "./command.ts";

/** How long others may have the tables to themselves. */
const lockSeconds = "30";

/**
 * Docker drops what it does not know on its way through the machine. These rules, in the chain that Docker keeps for
 * its users (or in FORWARD, in case Docker starts later), let through what comes from or goes to `device`.
 */
export function acceptForwarding(device: string): Promise<void> {
  return accept([`-i ${device}`, `-o ${device}`]);
}

/** The same for what comes from or goes to a range of addresses, which is of pods alone. */
export function acceptForwardingOf(range: string): Promise<void> {
  return accept([`-s ${range}`, `-d ${range}`]);
}

async function accept(matches: string[]): Promise<void> {
  const rules = await forwardRules();
  if (!rules) return;
  const chain = rules.some((rule) => rule === "-N DOCKER-USER") ? "DOCKER-USER" : "FORWARD";
  const wanted = matches.map((match) => `${chain} ${match} -j ACCEPT`);
  const missing = wanted.filter((rule) => !rules.includes(`-A ${rule}`));
  await apply(missing.map((rule) => `-I ${rule}`));
}

/** Takes away the rules of every device or range that `isOurs` claims. */
export async function withdrawForwarding(isOurs: (subject: string) => boolean): Promise<void> {
  const rules = (await forwardRules()) ?? [];
  const ours = rules.filter((rule) => {
    const subject = /^-A (?:DOCKER-USER|FORWARD) -[iosd] (\S+) -j ACCEPT$/.exec(rule)?.[1];
    return subject !== undefined && isOurs(subject);
  });
  await apply(ours.map((rule) => rule.replace("-A", "-D")));
}

async function forwardRules(): Promise<string[] | undefined> {
  try {
    return (await runCommand(["iptables", "-w", lockSeconds, "-S"])).trim().split("\n");
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === undefined) return undefined;
    throw error;
  }
}

async function apply(rules: string[]): Promise<void> {
  if (rules.length === 0) return;
  await runCommand(["iptables-restore", "-w", lockSeconds, "--noflush"], {
    input: `*filter\n${rules.join("\n")}\nCOMMIT\n`,
  });
}
