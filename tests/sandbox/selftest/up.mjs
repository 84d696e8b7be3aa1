// Starts `up` as a test program would, and reads its one line.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { ROOT } from "../lib/config.mjs";
import { post } from "./buyer.mjs";

export async function up(env = {}) {
  const began = performance.now();
  const child = spawn(join(ROOT, "up"), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const facts = JSON.parse(line);
  const ctl = (path, body) =>
    post(`${facts.control}/_ctl/${path}`, body).then((response) => response.json());
  const read = (path) => fetch(`${facts.control}/_ctl/${path}`).then((response) => response.json());
  return {
    ...facts,
    startMs: Math.round(performance.now() - began),
    child,
    reset: () => ctl("reset", {}),
    fault: (where, fault, more = {}) => ctl("fault", { where, fault, ...more }),
    ctl,
    read,
    async end() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      return (await exit)[0];
    },
  };
}
