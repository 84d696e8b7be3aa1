// What the vault says of guarantees, as deployed and as a test bends it.
import { zeroAddress } from "viem";
import { certificateDomain } from "../core/certificate.mjs";
import { blsKey } from "./bls.mjs";
import { BLS_KEY, CHAIN_ID, GUARANTEE_VERSIONS, OTHER_BLS_KEY, VAULT } from "./config.mjs";
import { Refusal } from "./serve.mjs";

const KEYS = { core: BLS_KEY, other: OTHER_BLS_KEY };

export async function configureVault(vault) {
  for (const version of GUARANTEE_VERSIONS) await bendVault(vault, { version });
}

/**
 * Sets one version, or all: `key` "core" or "other", `domain` a hash, `enabled`. What is not named
 * is as deployed.
 */
export async function bendVault(vault, { version = null, key = "core", domain, enabled = true }) {
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

function keyTuple(secret) {
  const [x_a, x_b, y_a, y_b] = blsKey(secret).words;
  return { x_a, x_b, y_a, y_b };
}
