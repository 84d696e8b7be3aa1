// Runs one command inside a fresh sandbox and ends with its status.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { startOrExit } from "./lib/start.mjs";

const WATCH_MS = 250;
const parent = process.ppid;
const [command, ...args] = process.argv.slice(2);
if (!command) {
  process.stderr.write("usage: run COMMAND [ARGUMENT...]\n");
  process.exit(2);
}

const { facts, stop } = await startOrExit();
const env = { ...process.env, SANDBOX: JSON.stringify(facts) };
const child = spawn(command, args, { env, stdio: "inherit" });
const forward = (signal) => child.kill(signal);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, forward);
setInterval(() => process.ppid !== parent && forward("SIGTERM"), WATCH_MS);

child.on("error", async (error) => {
  process.stderr.write(`run: ${error.message}\n`);
  await stop();
  process.exit(127);
});
child.on("exit", async (status, signal) => {
  await stop();
  process.exit(status ?? 128 + constants.signals[signal]);
});
