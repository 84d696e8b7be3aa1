// Every fixed value of the sandbox. Nothing here has value outside of it.
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const ROOT = here("");
// Another platform has another package: this is the only place that knows.
export const ANVIL = here("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
export const CACHE_DIR = here(".cache");
export const CONTRACTS_DIR = here("contracts");

export const CHAIN_ID = 84532;
export const NETWORK = `eip155:${CHAIN_ID}`;
export const NETWORK_SHORT = "base-sepolia";
export const MNEMONIC = "test test test test test test test test test test test junk";

// Base Sepolia's own address, so that asset tables built into clients match.
export const USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
export const USDC_NAME = "USDC";
export const USDC_VERSION = "2";
// The vault of the certificate vectors: their domains hold here too.
export const VAULT = "0x56494F29A14f33f0e7559002F5d6d55e930da06A";
export const NATIVE_ASSET = "0x0000000000000000000000000000000000000000";

export const SIGNING_DOMAIN = { name: "4mica", version: "1", chainId: CHAIN_ID };
export const GUARANTEE_VERSIONS = [1, 2];
export const CYCLE_SECS = 86400n;

// Published test keys: the first signs, the second is "somebody else's".
export const BLS_KEY = "0x5e1fc52f0b15f3e8fe33e8e5b778a75bff753a134a285a41425264546a6122ee";
export const OTHER_BLS_KEY = "0x0000000000000000000000000000000000000000000000000000000000000002";

export const PRICE = "10000"; // 0.01 USDC
export const START_USDC = 1_000_000_000n; // 1000 USDC, on chain and as collateral
export const MAX_BODY = 4 << 20;
