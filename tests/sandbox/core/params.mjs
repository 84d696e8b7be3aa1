// What Core tells everybody: health, parameters, tokens.
import { hexToBytes, numberToHex } from "viem";
import { accounts } from "../lib/accounts.mjs";
import { CHAIN_ID, GUARANTEE_VERSIONS, SIGNING_DOMAIN, VAULT } from "../lib/config.mjs";
import { sendJson } from "../lib/serve.mjs";

const ROUTE = "/core/public-params";

export function paramRoutes(core) {
  return {
    "GET /core/health": async (req, _, res) => {
      const ill = core.faults.peek("core", "chain_lost");
      if (!ill) return { status: "ok", db: "ok", chain_rpc: "ok" };
      return sendJson(res, 503, { status: "fail", db: "ok", chain_rpc: "fail" });
    },
    "GET /core/tokens": async () => ({ chain_id: CHAIN_ID, tokens: await listTokens(core) }),
    [`GET ${ROUTE}`]: async () => ({ ...honestParams(core), ...disguise(core) }),
  };
}

function honestParams(core) {
  const highest = Math.max(...GUARANTEE_VERSIONS);
  return {
    public_key: keyNumbers(core.keys.key),
    contract_address: VAULT,
    ethereum_http_rpc_url: core.publicRpc,
    eip712_name: SIGNING_DOMAIN.name,
    eip712_version: SIGNING_DOMAIN.version,
    chain_id: CHAIN_ID,
    max_accepted_guarantee_version: highest,
    accepted_guarantee_versions: GUARANTEE_VERSIONS,
    active_guarantee_domain_separator: core.domains[highest],
    trusted_validation_registries: core.registries,
    validation_hash_canonicalization_version: "4MICA_VALIDATION_REQUEST_V2",
  };
}

/** The first listed comes last in the vault. A token that tells no symbol is passed over. */
async function listTokens({ vault, erc20, faults }) {
  const addresses = [...(await vault.read("getERC20Tokens"))].reverse();
  const rows = await Promise.all(addresses.map((address) => describeToken(erc20, address)));
  const [first, ...others] = rows.filter(Boolean);
  const lie = faults.take("core", "/core/tokens", ["token_switch"]);
  return [lie ? { ...first, decimals: 18, ...lie.arg } : first, ...others];
}

async function describeToken(erc20, address) {
  const token = erc20[address.toLowerCase()];
  try {
    const [symbol, decimals] = await Promise.all([token.read("symbol"), token.read("decimals")]);
    return { symbol, address, decimals: Number(decimals) };
  } catch {
    return null;
  }
}

const NO_POINT = { garbage: new Array(48).fill(0xff), infinity: [0xc0, ...new Array(47).fill(0)] };

const DISGUISES = {
  key_switch: (core) => ({ public_key: keyNumbers(core.keys.otherKey) }),
  key_no_point: (_, arg) => ({ public_key: NO_POINT[arg ?? "garbage"] }),
  vault_switch: (_, arg) => ({ contract_address: arg ?? accounts.cid.address }),
  domain_switch: (_, arg) => ({
    active_guarantee_domain_separator: arg ?? numberToHex(1, { size: 32 }),
  }),
  version_switch: (core, arg) => acceptOnly(core, arg ?? [1]),
  params_switch: (_, arg) => ({ eip712_version: arg ?? "2" }),
  no_domain_name: () => ({ eip712_name: undefined }),
  chain_switch: (_, arg) => ({ chain_id: arg ?? 8453 }),
};

function acceptOnly(core, versions) {
  const highest = Math.max(...versions);
  return {
    max_accepted_guarantee_version: highest,
    accepted_guarantee_versions: versions,
    active_guarantee_domain_separator: core.domains[highest],
  };
}

function disguise(core) {
  const fault = core.faults.take("core", ROUTE, Object.keys(DISGUISES));
  return fault && DISGUISES[fault.fault](core, fault.arg);
}

const keyNumbers = (key) => [...hexToBytes(key.publicKey)];
