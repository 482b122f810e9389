import { runVerifyStore } from "./verify-store.ts";

await runVerifyStore(process.argv[2] ?? "");
