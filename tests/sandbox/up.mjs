// Starts the sandbox, says where everything is, and stays until told to end.
import { startOrExit } from "./lib/start.mjs";

const WATCH_MS = 250;
const parent = process.ppid;
const { facts, stop } = await startOrExit();

let ending = false;
async function end(status) {
  if (ending) return;
  ending = true;
  await stop();
  process.exit(status);
}

process.on("SIGINT", () => end(0)).on("SIGTERM", () => end(0));
process.on(
  "uncaughtException",
  (error) => (process.stderr.write(`sandbox: ${error.stack}\n`), end(1)),
);
// Whoever started us may be killed without a word: then nobody needs us.
setInterval(() => process.ppid !== parent && end(0), WATCH_MS);

process.stdout.on("error", () => end(1));
process.stdout.write(`${JSON.stringify(facts)}\n`);
