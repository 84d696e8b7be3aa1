// The Core stand-in: shared state, and the routes of every concern.
import { blsKey } from "../lib/bls.mjs";
import { BLS_KEY, GUARANTEE_VERSIONS, OTHER_BLS_KEY } from "../lib/config.mjs";
import { router, serve } from "../lib/serve.mjs";
import { accountRoutes } from "./accounts.mjs";
import { authRoutes } from "./auth.mjs";
import { cycleRoutes } from "./cycles.mjs";
import { guaranteeRoutes } from "./guarantees.mjs";
import { Ledger } from "./ledger.mjs";
import { paramRoutes } from "./params.mjs";
import { Tokens } from "./tokens.mjs";

const DEFAULT_SKEW_SECS = -3600;

export async function startCore(world, { registries, publicRpc, vault }) {
  const clock = () => Math.floor(Date.now() / 1000) + skew(world.faults);
  const core = {
    clock,
    registries,
    publicRpc,
    faults: world.faults,
    ledger: new Ledger(),
    tokens: new Tokens(clock),
    nonces: new Map(),
    keys: { key: blsKey(BLS_KEY), otherKey: blsKey(OTHER_BLS_KEY) },
    domains: await domainsOf(vault),
  };
  world.onReset(() => {
    core.ledger.reset();
    core.tokens.reset();
    core.nonces.clear();
  });
  const concerns = [paramRoutes, authRoutes, guaranteeRoutes, accountRoutes, cycleRoutes];
  const routes = Object.assign({}, ...concerns.map((concern) => concern(core)));
  core.url = await serve(world, "core", router(routes));
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
