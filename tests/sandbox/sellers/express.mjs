// Version 2 sellers made of the public middleware, one per kind of offer.
import express from "express";
import { HTTPFacilitatorClient } from "@x402/core/server";
import { ExactEvmScheme } from "@x402/evm/exact/server";
import {
  paymentMiddlewareFromHTTPServer,
  x402HTTPResourceServer,
  x402ResourceServer,
} from "@x402/express";
import { NETWORK } from "../lib/config.mjs";
import { serve } from "../lib/serve.mjs";
import { pseudoRandom } from "./bytes.mjs";
import { CreditScheme } from "./credit_scheme.mjs";
import {
  DESCRIPTION,
  PAY_TO,
  TIMEOUT_SECS,
  creditAsset,
  exactAsset,
  goods,
  priceOf,
} from "./terms.mjs";

/** `offers`: list of [scheme, asset maker taking the amount]. */
export async function startExpressSeller(world, name, facilitator, offers) {
  const app = express().disable("x-powered-by");
  const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator }))
    .register(NETWORK, new ExactEvmScheme())
    .register(NETWORK, new CreditScheme());
  const accepts = offers.map(([scheme, asset]) => ({
    scheme,
    network: NETWORK,
    payTo: PAY_TO,
    maxTimeoutSeconds: TIMEOUT_SECS,
    price: ({ adapter }) => asset(priceOf(adapter.getQueryParam("amount"))),
  }));
  const route = { accepts, description: DESCRIPTION, mimeType: "application/json" };
  const binary = { ...route, mimeType: "application/octet-stream" };
  app.get("/healthz", (_, res) => res.json({ status: "ok" }));
  app.all("/free", (req, res) => res.json({ ...goods(name, req), paid: false }));
  const paywall = new x402HTTPResourceServer(server, { "/paid": route, "/binary": binary });
  // Asked now and not in the background: a seller that is listed is ready.
  await paywall.initialize();
  app.use(paymentMiddlewareFromHTTPServer(paywall, undefined, undefined, false));
  app.all("/paid", (req, res) => res.json(goods(name, req)));
  app.all("/binary", (req, res) => {
    res.type("application/octet-stream").end(pseudoRandom(Number(req.query.bytes ?? 1024)));
  });
  return `${await serve(world, `seller/${name}`, app)}/paid`;
}

export const EXACT_OFFER = ["exact", exactAsset];
export const CREDIT_OFFER = ["4mica-credit", creditAsset];

/** An offer that wants a version 2 guarantee under `policy`. */
export const validatedOffer = (policy) => ["4mica-credit", (amount) => creditAsset(amount, policy)];
