import { CliError, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { type CommandEntry, commands } from "../command-list.ts";

export const command = defineCommand({
  usage: "bash|zsh|fish",
  summary: "Output shell completion code for the specified shell",
  examples: ["source <(typectl completion bash)"],
  flags: {},
  async run({ context, args }) {
    const [shell] = args;
    if (!shell) throw usageError("completion", "Shell not specified.");
    const make = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
    if (!make) throw new CliError(`Unsupported shell type ${JSON.stringify(shell)}.`);
    await context.io.stdout.write(make());
  },
});

/** Words that may follow words, by what came before: `rollout` is followed by `status history …`. */
function wordsAfter(): [before: string, words: string[]][] {
  const found: [string, string[]][] = [];
  const visit = (before: string, entries: readonly CommandEntry[]) => {
    found.push([before, entries.map(({ name }) => name)]);
    for (const { name, subcommands } of entries) if (subcommands) visit(`${before} ${name}`.trim(), subcommands);
  };
  visit("", commands);
  return found;
}

/** After a command, kinds are the likeliest words: the program itself knows them. */
const kindsCommand = "typectl api-resources -o name 2>/dev/null";

function bashScript(): string {
  const cases = wordsAfter().map(
    ([before, words]) => `    "${before}") COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current")); return ;;`,
  );
  return `# bash completion of typectl
_typectl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before=""
  local word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] || before="\${before:+$before }$word"
  done
  case "$before" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$(${kindsCommand})" -- "$current"))
}
complete -o default -F _typectl typectl
`;
}

function zshScript(): string {
  return `#compdef typectl
# zsh completion of typectl
autoload -U +X bashcompinit && bashcompinit
${bashScript()}`;
}

function fishScript(): string {
  const lines = wordsAfter().map(([before, words]) => {
    const condition =
      before === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${before.split(" ").at(-1)}`;
    return `complete -c typectl -f -n '${condition}' -a '${words.join(" ")}'`;
  });
  return `# fish completion of typectl\n${lines.join("\n")}\n`;
}
