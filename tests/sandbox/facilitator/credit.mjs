// Scheme `4mica-credit`: terms are compared here, the guarantee comes from Core.
import { STATUS_CODES } from "node:http";
import { accounts } from "../lib/accounts.mjs";
import { blsVerify } from "../lib/bls.mjs";
import { NETWORK, SIGNING_DOMAIN } from "../lib/config.mjs";
import { coreClient } from "../lib/core_client.mjs";
import { cycleIn, encodeCertificate } from "../core/certificate.mjs";
import { readClaims, recoverSigner } from "../core/claims.mjs";
import { readU256 } from "../core/numbers.mjs";

export const CREDIT = "4mica-credit";

export function creditFacilitator(world, core) {
  const client = coreClient(core.url, accounts.facilitator, "facilitator");
  return {
    async verify(request) {
      const { payload, offer } = readRequest(request);
      const claims = readClaims(payload.claims);
      compareTerms(claims, offer, request);
      const signer = await recoverSigner(claims, payload.signature, payload.scheme, SIGNING_DOMAIN);
      if (signer !== claims.user) throw new Error("signature does not match claims");
      return claims;
    },
    /** The certificate with 0x; throws with the text of the refusal. */
    async settle(request) {
      const claims = await this.verify(request);
      const certificate = await issue(client, request.paymentPayload.payload);
      if (!world.faults.take("facilitator", "/settle", ["pass_unverified"])) {
        checkCertificate(core, claims, certificate);
      }
      return { claims, certificate };
    },
  };
}

function readRequest({ x402Version, paymentPayload, paymentRequirements: offer }) {
  const version = paymentPayload.x402Version;
  if (x402Version !== undefined && x402Version !== version)
    throw new Error(
      `x402Version ${x402Version} does not match paymentPayload x402Version ${version}`,
    );
  if (![1, 2].includes(version)) throw new Error(`unsupported x402Version ${version}`);
  const chosen = version === 1 ? paymentPayload : paymentPayload.accepted;
  for (const { scheme, network } of [chosen, offer]) {
    if (scheme !== CREDIT) throw new Error(`unsupported scheme ${scheme}`);
    if (network !== NETWORK) throw new Error(`unsupported network ${network}`);
  }
  const { payload } = paymentPayload;
  if (!payload?.signature) throw new Error("signature cannot be empty");
  return { payload, offer };
}

function compareTerms(claims, offer, { paymentPayload }) {
  const price = paymentPayload.x402Version === 1 ? "maxAmountRequired" : "amount";
  if (!offer[price]) throw new Error(`${price} cannot be empty`);
  const same = (a, b) => a === b.toLowerCase();
  if (!same(claims.recipient, offer.payTo))
    throw new Error(`claim recipient ${claims.recipient} does not match payTo ${offer.payTo}`);
  if (!same(claims.asset, offer.asset))
    throw new Error(`claim asset ${claims.asset} does not match requirement ${offer.asset}`);
  if (claims.amount === 0n) throw new Error("claim amount is zero");
  if (claims.amount !== readU256(offer[price], price))
    throw new Error(`claim amount ${claims.amount} does not match ${price} ${offer[price]}`);
  comparePolicy(claims, offer.extra ?? {});
}

const POLICY = {
  validationRegistryAddress: "validation registry",
  validatorAddress: "validator address",
  validatorAgentId: "validator agent id",
  minValidationScore: "min validation score",
  jobHash: "job hash",
  requiredValidationTag: "required validation tag",
};

function comparePolicy(claims, extra) {
  for (const [member, label] of Object.entries(POLICY)) {
    if (extra[member] === undefined) continue;
    const [claimed, required] = [claims[member], extra[member]].map((value) =>
      String(value ?? "").toLowerCase(),
    );
    if (claimed !== required)
      throw new Error(`${label} ${claimed} does not match requirement ${required}`);
  }
}

async function issue(client, payload) {
  try {
    const { claims, signature } = await client.issue(payload);
    return { claims: `0x${claims}`, signature: `0x${signature}` };
  } catch (error) {
    if (!error.status) throw error;
    throw new Error(
      `core guarantee request failed (${error.status} ${STATUS_CODES[error.status]}): ${error.message}`,
    );
  }
}

/** Re-encoding compares every field at once; the cycle is Core's to choose. */
function checkCertificate(core, claims, { claims: bytes, signature }) {
  const signed = {
    ...claims,
    domain: core.domains[claims.version],
    cycleId: cycleIn(bytes, claims.version),
  };
  if (bytes !== encodeCertificate(signed))
    throw new Error("certificate values differ from requested claims");
  if (!blsVerify(core.keys.key.publicKey, bytes, signature))
    throw new Error("certificate signature is invalid");
}
