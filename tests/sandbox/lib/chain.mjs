// The local node: a child process that never outlives us, and a thin RPC client.
import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ANVIL, CHAIN_ID, MNEMONIC } from "./config.mjs";

const READY = /^Listening on 127\.0\.0\.1:(\d+)/;
const READY_TICKS = 100;
const TICK_MS = 100;
const NO_ESTIMATE = "0xf4240"; // a million: the state it will meet is not known yet

/** The node refused: a control call passes its words on. */
export class ChainError extends Error {}

export async function startChain(world) {
  if (!existsSync(ANVIL))
    throw new Error("the chain binary is missing; run: npm ci --ignore-scripts");
  const args = ["--host", "127.0.0.1", "--port", "0", "--chain-id", String(CHAIN_ID)];
  args.push("--hardfork", "prague", "--block-base-fee-per-gas", "0", "--mnemonic", MNEMONIC);
  const log = openSync(join(world.logDir, "chain.log"), "w");
  // Own home: the node would otherwise write into the user's.
  const env = { PATH: process.env.PATH, HOME: world.logDir };
  const node = spawn(ANVIL, args, { cwd: world.logDir, env, stdio: ["ignore", "pipe", log] });
  const guard = guardAgainstOrphan(node, world.logDir);
  world.onStop(async () => {
    await ended(node, () => node.kill());
    await ended(guard, () => guard.stdin.end());
  });
  return rpcClient(`http://127.0.0.1:${await portOf(node)}`);
}

/** Cleans up even if this process is killed hard: the pipe then closes. */
function guardAgainstOrphan(child, logDir) {
  const script = 'read -r _; kill "$1" 2>/dev/null; rm -rf -- "$2"';
  const stdio = ["pipe", "ignore", "ignore"];
  return spawn("sh", ["-c", script, "sh", String(child.pid), logDir], { stdio });
}

async function ended(child, stop) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  stop();
  await exit;
}

function portOf(node) {
  return new Promise((resolve, reject) => {
    const failed = () => {
      clearInterval(timer);
      reject(new Error("the local node did not start"));
    };
    let left = READY_TICKS;
    // Ticks, not time: while the compiler keeps this process busy the node's line waits unread.
    const timer = setInterval(() => --left || failed(), TICK_MS);
    // The lines are read to the end: a node on a full pipe would block.
    createInterface({ input: node.stdout }).on("line", (line) => {
      const port = READY.exec(line)?.[1];
      if (port) (resolve(port), clearInterval(timer));
    });
    node.once("exit", failed).once("error", failed);
  });
}

export function rpcClient(url) {
  let id = 0;
  return {
    url,
    autoMine: true,
    async call(method, ...params) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }),
      });
      const { result, error } = await response.json();
      if (error) throw new ChainError(`${method}: ${error.message}`);
      return result;
    },
    async setAutoMine(on) {
      this.autoMine = on;
      await this.call("evm_setAutomine", on);
    },
    /**
     * Sends from an account the node holds and waits for the receipt; null when the block is
     * another's to mine.
     */
    async transact(tx) {
      const gas = this.autoMine ? {} : { gas: NO_ESTIMATE };
      const hash = await this.call("eth_sendTransaction", { ...tx, ...gas });
      if (!this.autoMine) return null;
      for (;;) {
        const receipt = await this.call("eth_getTransactionReceipt", hash);
        if (receipt?.status === "0x1") return receipt;
        if (receipt) await this.call("eth_call", tx, "latest"); // repeats the refusal in words
        if (receipt) throw new ChainError(`transaction ${hash} reverted`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
