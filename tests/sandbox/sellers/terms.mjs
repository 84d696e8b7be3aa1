// What every seller asks for, and what it hands over when paid.
import { accounts } from "../lib/accounts.mjs";
import { NETWORK, PRICE, USDC, USDC_NAME, USDC_VERSION } from "../lib/config.mjs";
import { sha256 } from "../lib/hash.mjs";

export const PAY_TO = accounts.bob.address;
export const TIMEOUT_SECS = 300;
export const DESCRIPTION = "sandbox goods";

export const exactAsset = (amount = PRICE) => ({
  asset: USDC,
  amount,
  extra: { name: USDC_NAME, version: USDC_VERSION },
});
export const creditAsset = (amount = PRICE, extra = {}) => ({ asset: USDC, amount, extra });

/** A complete version 2 offer. */
export const offerV2 = (scheme, { asset, amount, extra }, payTo = PAY_TO) => ({
  scheme,
  network: NETWORK,
  amount,
  asset,
  payTo,
  maxTimeoutSeconds: TIMEOUT_SECS,
  extra,
});

/** ?amount=N sets another price: digits only, so that no test asks for nonsense. */
export function priceOf(amount) {
  return /^[0-9]{1,78}$/.test(amount ?? "") ? amount : PRICE;
}

/** Tells the buyer what arrived, so that a lost request body shows. */
export const goods = (seller, req) => ({
  paid: true,
  seller,
  method: req.method,
  query: req.entry.query,
  body_bytes: req.body.length,
  body_sha256: sha256(req.body),
});
