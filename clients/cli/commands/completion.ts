import { CliError, usageError } from "../cli-error.ts";
import { defineCommand, type RunnableCommand } from "../command.ts";
import type { CommandEntry } from "../command-list.ts";

/** The command that completes these commands: they are handed in, since it is one of them. */
export function completionOf(commands: readonly CommandEntry[]): RunnableCommand {
  return defineCommand({
    usage: "bash|zsh|fish",
    summary: "Output shell completion code for the specified shell",
    examples: ["source <(typectl completion bash)"],
    flags: {},
    async run({ context, args }) {
      const [shell] = args;
      if (!shell) throw usageError("completion", "Shell not specified.");
      const make = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
      if (!make) throw new CliError(`Unsupported shell type ${JSON.stringify(shell)}.`);
      await context.io.stdout.write(make(wordsAfter(commands)));
    },
  });
}

type WordsAfter = [before: string, words: string[]][];

/** Words that may follow words, by what came before: `rollout` is followed by `status history …`. */
function wordsAfter(commands: readonly CommandEntry[]): WordsAfter {
  const found: WordsAfter = [];
  const visit = (before: string, entries: readonly CommandEntry[]) => {
    found.push([before, entries.map(({ name }) => name)]);
    for (const { name, subcommands } of entries) if (subcommands) visit(`${before} ${name}`.trim(), subcommands);
  };
  visit("", commands);
  return found;
}

/** After a command, kinds are the likeliest words: the program itself knows them. */
const kindsCommand = "typectl api-resources -o name 2>/dev/null";

function bashScript(after: WordsAfter): string {
  const cases = after.map(
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

function zshScript(after: WordsAfter): string {
  return `#compdef typectl
# zsh completion of typectl
autoload -U +X bashcompinit && bashcompinit
${bashScript(after)}`;
}

function fishScript(after: WordsAfter): string {
  const lines = after.map(([before, words]) => {
    const condition =
      before === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${before.split(" ").at(-1)}`;
    return `complete -c typectl -f -n '${condition}' -a '${words.join(" ")}'`;
  });
  return `# fish completion of typectl\n${lines.join("\n")}\n`;
}
