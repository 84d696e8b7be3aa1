// A classic version 1 seller of scheme `exact`: body 402, X-PAYMENT.
import { NETWORK_SHORT } from "../lib/config.mjs";
import { router, sendJson, serve } from "../lib/serve.mjs";
import { decodeHeader, encodeHeader } from "./header.mjs";
import { DESCRIPTION, PAY_TO, TIMEOUT_SECS, exactAsset, goods, priceOf } from "./terms.mjs";

const NAME = "exact_v1";

export async function startExactV1(world, facilitator) {
  const paid = async (req, _, res) => {
    const offer = makeOffer(req);
    const header = req.headers["x-payment"];
    if (!header) return askForPayment(res, offer, "X-PAYMENT header is required");
    const request = {
      x402Version: 1,
      paymentPayload: decodeHeader(header),
      paymentRequirements: offer,
    };
    const verdict = await ask(facilitator, "/verify", request);
    if (!verdict.isValid) return askForPayment(res, offer, verdict.invalidReason);
    const receipt = await ask(facilitator, "/settle", request);
    if (!receipt.success) return askForPayment(res, offer, receipt.errorReason);
    sendJson(res, 200, goods(NAME, req), { "x-payment-response": encodeHeader(receipt) });
  };
  const url = await serve(
    world,
    `seller/${NAME}`,
    router({
      "GET /healthz": async () => ({ status: "ok" }),
      "GET /free": async (req) => ({ ...goods(NAME, req), paid: false }),
      "ANY /paid": paid,
    }),
  );
  return `${url}/paid`;
}

function makeOffer(req) {
  const { amount, asset, extra } = exactAsset(priceOf(req.query_params.get("amount")));
  return {
    scheme: "exact",
    network: NETWORK_SHORT,
    maxAmountRequired: amount,
    resource: `http://${req.headers.host}${req.url}`,
    description: DESCRIPTION,
    mimeType: "application/json",
    payTo: PAY_TO,
    maxTimeoutSeconds: TIMEOUT_SECS,
    asset,
    extra,
  };
}

function askForPayment(res, offer, error) {
  sendJson(res, 402, { x402Version: 1, error, accepts: [offer] });
}

async function ask(facilitator, path, request) {
  const headers = { "content-type": "application/json", "user-agent": `sandbox-${NAME}` };
  const response = await fetch(facilitator + path, {
    method: "POST",
    headers,
    body: JSON.stringify(request),
  });
  return response.json();
}
