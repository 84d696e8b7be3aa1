// Starts every part in order and knows how to end them all.
import { Console } from "node:console";
import { createWriteStream, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCore } from "../core/server.mjs";
import { startFacilitator } from "../facilitator/server.mjs";
import { startSellers } from "../sellers/all.mjs";
import { describeAccounts } from "./accounts.mjs";
import { Bank } from "./bank.mjs";
import { startChain } from "./chain.mjs";
import { compile } from "./compile.mjs";
import { CHAIN_ID, CYCLE, PROFILE, USDC, VAULT } from "./config.mjs";
import { startControl } from "./control.mjs";
import { deployAll, endow } from "./deploy.mjs";
import { Faults } from "./faults.mjs";
import { Journal } from "./journal.mjs";
import { startRpcProxy } from "./rpc_proxy.mjs";

/** Returns {facts, stop}: what the tests read, and the end of everything. */
export async function startSandbox() {
  const world = newWorld();
  try {
    return { facts: await startParts(world), stop: () => world.stop() };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

function newWorld() {
  const stops = [];
  const resets = [];
  const logDir = mkdtempSync(join(tmpdir(), "fourmica-sandbox-"));
  // Packages print what goes wrong, and here things go wrong on purpose.
  const fd = openSync(join(logDir, "services.log"), "w");
  globalThis.console = new Console(createWriteStream(null, { fd }));
  return {
    logDir,
    journal: new Journal(),
    faults: new Faults(),
    onStop: (stop) => stops.push(stop),
    onReset: (reset) => resets.push(reset),
    reset: () => resets.forEach((reset) => reset()),
    async stop() {
      // Last started, first ended: nobody asks a part that is gone.
      for (const stop of stops.splice(0).reverse()) await stop();
      rmSync(logDir, { recursive: true, force: true });
    },
  };
}

async function startParts(world) {
  const [chain, artifacts] = await Promise.all([startChain(world), compile()]);
  const { registry, noReceive, vault, house, tokens, odd } = await deployAll(chain, artifacts);
  const bank = new Bank(chain, vault, tokens);
  await endow(bank);
  const rpc = await startRpcProxy(world, chain.url);
  const registries = [registry];
  const contracts = { vault, house, tokens };
  const core = await startCore(world, { chain, registries, publicRpc: rpc, ...contracts });
  const facilitator = await startFacilitator(world, { rpcUrl: chain.url, core });
  const sellers = await startSellers(world, { core, facilitator, registry });
  const reset = await resetter(world, chain, core.clearing);
  const control = await startControl(world, { chain, core, bank, vault, reset, noReceive });
  return {
    rpc,
    chain_id: CHAIN_ID,
    profile: PROFILE,
    core: core.url,
    facilitator,
    sellers,
    vault: VAULT,
    clearing_house: house.address,
    cycle: CYCLE,
    usdc: USDC,
    usdt: tokens.usdt.address,
    odd,
    no_receive: noReceive,
    registry,
    bls_public_key: core.keys.key.publicKey,
    control,
    pid: process.pid,
    log_dir: world.logDir,
    accounts: describeAccounts(),
  };
}

/** Chain, services, faults and journal as they were at the start. */
async function resetter(world, chain, clearing) {
  let snapshot = await chain.call("evm_snapshot");
  const reset = async () => {
    await chain.call("anvil_dropAllTransactions");
    await chain.setAutoMine(true);
    await chain.call("evm_revert", snapshot);
    // The snapshot brings its clock along; payments are judged by the wall's.
    await chain.call("evm_setTime", Math.floor(Date.now() / 1000));
    await chain.call("anvil_setNextBlockBaseFeePerGas", "0x0");
    await chain.call("evm_mine");
    snapshot = await chain.call("evm_snapshot"); // a snapshot is used up by its revert
    world.faults.reset();
    world.journal.reset();
    world.reset();
  };
  return () => clearing.alone(reset); // or a cycle of before is committed afterwards
}
