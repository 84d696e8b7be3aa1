// Every fixed value of the sandbox. Nothing here has value outside of it.
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const ROOT = here("");
// Another platform has another package: this is the only place that knows.
export const ANVIL = here("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
export const CACHE_DIR = here(".cache");
export const CONTRACTS_DIR = here("contracts");

// Networks the sandbox can play: names as x402 version 1 spells them, and each one's own USDC
// address, so that asset tables built into clients match.
const NETWORKS = {
  84532: { short: "base-sepolia", usdc: "0x036CbD53842c5426634e7929541eC2318f3dCF7e" },
  // A network of value by its id, for what a program asks before it touches one.
  8453: { short: "base", usdc: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913" },
  11155111: { short: "sepolia", usdc: "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238" },
};
// Seconds. Of the vault: remuneration, expiration, synchronization, withdrawal. Of a cycle: its
// period; from its end to netting, and on to the commit; from there to both of its deadlines.
const PROFILES = {
  real: {
    vault: [1_209_600n, 1_814_400n, 21_600n, 1_900_800n],
    cycle: { period: 86_400, cutoff: 21_600, commit: 900, pay: 7_200, final: 14_400 },
  },
  fast: {
    vault: [1n, 2n, 1n, 4n],
    cycle: { period: 8, cutoff: 1, commit: 1, pay: 6, final: 9 },
  },
};

export const CHAIN_ID = Number(chosen("SANDBOX_CHAIN_ID", NETWORKS, "84532"));
export const NETWORK = `eip155:${CHAIN_ID}`;
export const NETWORK_SHORT = NETWORKS[CHAIN_ID].short;
export const PROFILE = chosen("SANDBOX_PROFILE", PROFILES, "real");
export const { vault: TIMING, cycle: CYCLE } = PROFILES[PROFILE];
export const MNEMONIC = "test test test test test test test test test test test junk";

export const USDC = NETWORKS[CHAIN_ID].usdc;
export const USDC_NAME = "USDC";
export const USDC_VERSION = "2";
// The vault of the certificate vectors: their domains hold here too.
export const VAULT = "0x56494F29A14f33f0e7559002F5d6d55e930da06A";
export const NATIVE_ASSET = "0x0000000000000000000000000000000000000000";

export const SIGNING_DOMAIN = { name: "4mica", version: "1", chainId: CHAIN_ID };
export const GUARANTEE_VERSIONS = [1, 2];

// Published test keys: the first signs, the second is "somebody else's".
export const BLS_KEY = "0x5e1fc52f0b15f3e8fe33e8e5b778a75bff753a134a285a41425264546a6122ee";
export const OTHER_BLS_KEY = "0x0000000000000000000000000000000000000000000000000000000000000002";

export const PRICE = "10000"; // 0.01 USDC
export const START_USDC = 1_000_000_000n; // 1000 USDC, on chain and as collateral
export const MAX_BODY = 4 << 20;

function chosen(name, table, usual) {
  const value = process.env[name] || usual;
  if (!Object.hasOwn(table, value))
    throw new Error(`${name} is one of ${Object.keys(table).join(", ")}, not ${value}`);
  return value;
}
