import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { list, plainList, text, toggle } from "../flags.ts";
import { listEnv, variablesFrom } from "../request/environment.ts";
import { containersFlag, patchContainers, setFields, setFlags } from "../request/set-fields.ts";

const isChange = (word: string) => /^[^/=]+=/.test(word) || /^[^/]+-$/.test(word);

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N KEY-",
  summary: "Update environment variables on a pod template",
  examples: [
    "typectl set env deployment/web COLOR=blue",
    "typectl set env deployment/web -c web COLOR-",
    "typectl set env deployment/web --from=configmap/settings --prefix=APP_",
    "typectl set env pods --all --list",
  ],
  flags: {
    ...setFlags,
    containers: containersFlag,
    env: plainList("-e, --env <name=value>", "A variable to set; may be repeated"),
    list: toggle("--list", "Print the variables instead of setting any"),
    from: text("--from <kind/name>", "A config map or secret whose keys become variables"),
    prefix: text("--prefix <text>", "What the names of variables taken with --from begin with"),
    keys: list("--keys <keys>", "With --from: only these keys"),
  },
  async run({ context, flags, args }) {
    const first = args.findIndex(isChange);
    const at = first < 0 ? args.length : first;
    const env: object[] = [...args.slice(at), ...flags.env].map(readChange);
    if (flags.list) return listEnv(context, args.slice(0, at), flags);
    if (flags.from) env.push(...(await variablesFrom(context, flags)));
    if (env.length === 0) throw new CliError("at least one environment variable must be provided");
    const words = { command: "set env", args: args.slice(0, at), done: "env updated" };
    await setFields(context, words, flags, (found) => patchContainers(found, flags.containers, { env }));
  },
});

function readChange(word: string) {
  const equals = word.indexOf("=");
  // What a variable was taken from before goes with the new value.
  if (equals > 0) return { name: word.slice(0, equals), value: word.slice(equals + 1), valueFrom: null };
  if (!word.endsWith("-")) throw new CliError(`environment variables must be of the form key=value or key-: ${word}`);
  return { $patch: "delete", name: word.slice(0, -1) };
}
