// The vault as deployed and as a test bends it.
import { maxUint256, zeroAddress } from "viem";
import { accounts } from "./accounts.mjs";
import { certificateDomain } from "../core/certificate.mjs";
import { blsKey } from "./bls.mjs";
import { BLS_KEY, CHAIN_ID, GUARANTEE_VERSIONS, OTHER_BLS_KEY, VAULT } from "./config.mjs";
import { Refusal } from "./serve.mjs";

const KEYS = { core: BLS_KEY, other: OTHER_BLS_KEY };
const RAY = 10n ** 27n;

export async function configureVault(vault) {
  for (const version of GUARANTEE_VERSIONS) await bendGuarantees(vault, { version });
}

/** Each member of `order` is one switch; those of guarantees belong together. */
export async function bendVault(bank, order) {
  const { version, key, domain, enabled, ...others } = order;
  for (const name of Object.keys(others))
    if (!Object.hasOwn(SWITCHES, name)) throw new Refusal(400, `no such switch: ${name}`);
  for (const [name, value] of Object.entries(others)) await SWITCHES[name](bank, value);
  if (Object.keys(order).length === 0 || Object.keys(others).length < Object.keys(order).length)
    await bendGuarantees(bank.vault, { version, key, domain, enabled });
}

/**
 * Sets one version, or all: `key` "core" or "other", `domain` a hash, `enabled`. What is not named
 * is as deployed.
 */
async function bendGuarantees(vault, { version = null, key = "core", domain, enabled = true }) {
  if (!KEYS[key]) throw new Refusal(400, `no such key: ${key}`);
  for (const one of version === null ? GUARANTEE_VERSIONS : [version])
    await vault.send(
      "configureGuaranteeVersion",
      BigInt(one),
      keyTuple(KEYS[key]),
      domain ?? certificateDomain(one, CHAIN_ID, VAULT),
      zeroAddress,
      enabled,
    );
}

const SWITCHES = {
  pause: ({ vault }, on) => vault.send(on ? "pause" : "unpause"),
  timing: ({ vault }, seconds) => vault.send("setTimingParameters", ...seconds.map(BigInt)),
  fee_bps: ({ vault }, bps) => vault.send("setYieldFeeBps", BigInt(bps)),
  /** The tokens that the new index promises come along. */
  async index(bank, { asset, ray }) {
    const { vault } = bank;
    const token = bank.token(asset);
    const held = await token.read("balanceOf", vault.address);
    await vault.send("setIndex", token.address, BigInt(ray));
    const interest = (held * (BigInt(ray) - RAY)) / RAY;
    if (interest > 0n) await bank.mint(vault.address, asset, interest);
  },
  short: (bank, { asset, amount }) => {
    const missing = amount === "all" ? maxUint256 : BigInt(amount);
    return bank.vault.send("setShort", bank.asset(asset), missing);
  },
  atoken: (bank, { asset, configured }) => {
    const address = bank.asset(asset);
    return bank.vault.send("setAToken", address, configured ? address : zeroAddress);
  },
  take: (bank, { user, asset, amount, to = accounts.bob.address }) =>
    bank.vault.send("take", user, bank.asset(asset), BigInt(amount), to),
};

function keyTuple(secret) {
  const [x_a, x_b, y_a, y_b] = blsKey(secret).words;
  return { x_a, x_b, y_a, y_b };
}
