// A small honest buyer, enough to try every part of the sandbox.
import { randomBytes } from "node:crypto";
import { x402Client } from "@x402/core/client";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { ExactEvmSchemeV1 } from "@x402/evm/exact/v1/client";
import { wrapFetchWithPayment } from "@x402/fetch";
import { accounts } from "../lib/accounts.mjs";
import { CHAIN_ID, NETWORK, NETWORK_SHORT, SIGNING_DOMAIN } from "../lib/config.mjs";
import {
  eip191Digest,
  eip712Digest,
  readClaims,
  requestHash,
  subjectHash,
} from "../core/claims.mjs";
import { signIn } from "../lib/sign_in.mjs";
import { decodeHeader, encodeHeader } from "../sellers/header.mjs";

export { decodeHeader };

/** The public reference client, paying `exact` of both versions as Ann. */
export const exactFetch = wrapFetchWithPayment(
  fetch,
  x402Client.fromConfig({
    schemes: [
      { network: NETWORK, client: new ExactEvmScheme(accounts.ann) },
      { network: NETWORK_SHORT, client: new ExactEvmSchemeV1(accounts.ann), x402Version: 1 },
    ],
    spendControls: false,
  }),
);

export function post(url, body, headers = {}) {
  const all = { "content-type": "application/json", ...headers };
  return fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) });
}

/** A fresh access token of `account`. */
export async function accessToken(core, account) {
  const ask = async (path, body) => (await post(core + path, body)).json();
  return (await signIn(ask, account)).access_token;
}

export async function challengeOf(url, init) {
  const response = await fetch(url, init);
  const header = response.headers.get("payment-required");
  return header ? decodeHeader(header) : response.json();
}

const hexMin = (value) => `0x${BigInt(value).toString(16)}`;

/** A signed guarantee request for `offer`; `change` spoils the claims before signing. */
export async function signGuarantee(
  offer,
  { payer = accounts.ann, scheme = "eip712", change = {} } = {},
) {
  const wire = {
    version: "v1",
    user_address: payer.address.toLowerCase(),
    recipient_address: offer.payTo.toLowerCase(),
    req_id: `0x${randomBytes(16).toString("hex").replace(/^0+/, "") || "1"}`,
    amount: hexMin(offer.amount),
    asset_address: offer.asset.toLowerCase(),
    timestamp: Math.floor(Date.now() / 1000),
    ...change,
  };
  const claims = offer.extra?.minValidationScore ? withPolicy(wire, offer.extra) : wire;
  const fields = readClaims(claims);
  const hash = scheme === "eip191" ? eip191Digest(fields) : eip712Digest(fields, SIGNING_DOMAIN);
  return { claims, signature: await payer.sign({ hash }), scheme };
}

function withPolicy(wire, extra) {
  const policy = {
    version: "v2",
    validation_registry_address: extra.validationRegistryAddress.toLowerCase(),
    validation_request_hash: `0x${"11".repeat(32)}`,
    validation_chain_id: CHAIN_ID,
    validator_address: extra.validatorAddress.toLowerCase(),
    validator_agent_id: hexMin(extra.validatorAgentId),
    min_validation_score: extra.minValidationScore,
    validation_subject_hash: `0x${"11".repeat(32)}`,
    job_hash: extra.jobHash,
    required_validation_tag: extra.requiredValidationTag,
  };
  const claims = { ...wire, ...policy };
  claims.validation_subject_hash = subjectHash(readClaims(claims));
  claims.validation_request_hash = requestHash(readClaims(claims));
  return claims;
}

/** Pays a credit seller of either version; returns the response and its receipt. */
export async function payCredit(url, { init = {}, payload, ...options } = {}) {
  const challenge = await challengeOf(url, init);
  const [offer] = challenge.accepts;
  const signed = payload ?? (await signGuarantee(offer, options));
  const headers = { ...init.headers, ...paymentHeader(challenge, offer, signed) };
  const response = await fetch(url, { redirect: "manual", ...init, headers });
  const text =
    response.headers.get("payment-response") ?? response.headers.get("x-payment-response");
  const receipt = text && decodeHeader(text);
  return {
    response,
    receipt,
    payload: signed,
    challenge,
    certificate: receipt?.extra?.certificate ?? receipt?.guarantee,
  };
}

function paymentHeader({ x402Version, resource }, offer, payload) {
  if (x402Version === 1) {
    const { scheme, network } = offer;
    return { "x-payment": encodeHeader({ x402Version, scheme, network, payload }) };
  }
  return { "payment-signature": encodeHeader({ x402Version, resource, accepted: offer, payload }) };
}
