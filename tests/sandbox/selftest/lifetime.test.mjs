// Nothing survives: not a signal, not a killed sandbox, not a dead parent.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ROOT } from "../lib/config.mjs";

const PATIENCE_MS = 3000;

export function lifetimeTests() {
  suite("lifetime", () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"]) {
      test(`${signal} ends the node as well`, async () => {
        const { child, facts } = await start(join(ROOT, "up"), []);
        const nodes = childrenOf(facts.pid);
        assert.ok(nodes.length >= 2);
        child.kill(signal);
        await gone([facts.pid, ...nodes]);
      });
    }

    test("a dead parent ends everything", async () => {
      const { child, facts } = await start("sh", ["-c", `"${join(ROOT, "up")}"; true`]);
      const nodes = childrenOf(facts.pid);
      child.kill("SIGKILL");
      await gone([facts.pid, ...nodes]);
      assert.ok(!existsSync(facts.log_dir));
    });

    test("run passes SANDBOX and the status on", () => {
      const { status, stdout } = spawnSync(join(ROOT, "run"), [
        "sh",
        "-c",
        'printf %s "$SANDBOX"; exit 7',
      ]);
      assert.equal(status, 7);
      assert.equal(JSON.parse(stdout).chain_id, 84532);
    });
  });
}

async function start(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, facts: JSON.parse(line) };
}

const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

async function gone(pids) {
  const end = Date.now() + PATIENCE_MS;
  while (pids.some(isAlive)) {
    assert.ok(Date.now() < end, `still alive: ${pids.filter(isAlive)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A zombie has ended: only its parent has not asked yet. */
function isAlive(pid) {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
