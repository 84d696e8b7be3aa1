// The Core stand-in: shared state, and the routes of every concern.
import { blsKey } from "../lib/bls.mjs";
import { BLS_KEY, GUARANTEE_VERSIONS, OTHER_BLS_KEY } from "../lib/config.mjs";
import { Refusal, router, serve } from "../lib/serve.mjs";
import { accountRoutes } from "./accounts.mjs";
import { authRoutes } from "./auth.mjs";
import { Clearing } from "./clearing.mjs";
import { Collateral } from "./collateral.mjs";
import { cycleRoutes } from "./cycles.mjs";
import { guaranteeRoutes } from "./guarantees.mjs";
import { Ledger } from "./ledger.mjs";
import { paramRoutes } from "./params.mjs";
import { Tokens } from "./tokens.mjs";

const DEFAULT_SKEW_SECS = -3600;
const TICK_MS = 200;

export async function startCore(world, { chain, registries, publicRpc, vault, house, tokens }) {
  const clock = () => Math.floor(Date.now() / 1000) + skew(world.faults);
  const ledger = new Ledger();
  const clearing = new Clearing({ chain, house, ledger, clock });
  const core = {
    clock,
    vault,
    erc20: tokens,
    registries,
    publicRpc,
    faults: world.faults,
    ledger,
    clearing,
    collateral: new Collateral({ chain, vault, house, ledger, clearing, faults: world.faults }),
    tokens: new Tokens(clock, world.faults),
    nonces: new Map(),
    keys: { key: blsKey(BLS_KEY), otherKey: blsKey(OTHER_BLS_KEY) },
    domains: await domainsOf(vault),
  };
  world.onReset(() => {
    core.ledger.reset();
    core.clearing.reset();
    core.collateral.reset();
    core.tokens.reset();
    core.nonces.clear();
  });
  const timer = setInterval(() => clearing.tick(), TICK_MS);
  world.onStop(() => clearInterval(timer));
  const concerns = [paramRoutes, authRoutes, guaranteeRoutes, accountRoutes, cycleRoutes];
  const routes = Object.assign({}, ...concerns.map((concern) => concern(core)));
  const handle = router(routes);
  core.url = await serve(world, "core", (req, res) => {
    res.setHeader("date", new Date(clock() * 1000).toUTCString());
    const old = req.path_name.startsWith("/core/cycles/") && world.faults.peek("core", "tab_generation");
    if (old) throw new Refusal(404, "not found");
    return handle(req, res);
  });
  return core;
}

/** The chain decides the certificate domain of each version, not a formula. */
async function domainsOf(vault) {
  const read = async (version) => [
    version,
    (await vault.read("getGuaranteeVersionConfig", BigInt(version))).domain,
  ];
  return Object.fromEntries(await Promise.all(GUARANTEE_VERSIONS.map(read)));
}

function skew(faults) {
  const fault = faults.peek("core", "clock_skew");
  return fault ? Number(fault.arg ?? DEFAULT_SKEW_SECS) : 0;
}
