// The honest half of the hostile seller: a proper challenge, a proper settlement.
import { readClaims } from "../../core/claims.mjs";
import { NETWORK } from "../../lib/config.mjs";
import { decodeHeader, encodeHeader } from "../header.mjs";
import { DESCRIPTION, creditAsset, exactAsset, offerV2, priceOf } from "../terms.mjs";
import { answer } from "./wire.mjs";

const CREDIT = "4mica-credit";

/** ?scheme=exact, ?x402=1 and ?amount=N choose the honest form. */
export function makeChallenge({ query }, url) {
  const version = query.get("x402") === "1" ? 1 : 2;
  const scheme = query.get("scheme") ?? CREDIT;
  const asset = scheme === "exact" ? exactAsset : creditAsset;
  const offer = offerV2(scheme, asset(priceOf(query.get("amount"))));
  const resource = { url, description: DESCRIPTION, mimeType: "application/json" };
  return { x402Version: version, error: "Payment required", resource, accepts: [offer] };
}

/** The challenge in its place: header for version 2, body for version 1. */
export function challengeAnswer(challenge, headers = []) {
  if (challenge.x402Version === 1) return answer(402, challenge, headers);
  return answer(402, {}, [["PAYMENT-REQUIRED", encodeHeader(challenge)], ...headers]);
}

export const receiptHeader = (version) =>
  version === 1 ? "X-PAYMENT-RESPONSE" : "PAYMENT-RESPONSE";

/** An unreadable payment counts as none, as with real sellers. */
export function paymentOf({ headers }) {
  const value = headers["payment-signature"] ?? headers["x-payment"];
  try {
    return value ? decodeHeader(value) : null;
  } catch {
    return null;
  }
}

/** Takes the payment for real; the receipt is what an honest seller sends. */
export async function settle({ challenge, payment, core, facilitator }) {
  const [offer] = challenge.accepts;
  if (offer.scheme === "exact") return settleExact(facilitator, payment, offer);
  const guarantee = await core.client.issue(payment.payload);
  if (challenge.x402Version === 1) return { success: true, guarantee };
  const certificate = { claims: `0x${guarantee.claims}`, signature: `0x${guarantee.signature}` };
  const payer = readClaims(payment.payload.claims).user;
  return { success: true, transaction: "", network: NETWORK, payer, extra: { certificate } };
}

async function settleExact(facilitator, payment, offer) {
  const body = JSON.stringify({
    x402Version: 2,
    paymentPayload: payment,
    paymentRequirements: offer,
  });
  const headers = { "content-type": "application/json", "user-agent": "sandbox-hostile" };
  return (await fetch(`${facilitator}/settle`, { method: "POST", headers, body })).json();
}
