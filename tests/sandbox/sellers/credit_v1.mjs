// A paywall in 4Mica's own form: body 402, X-PAYMENT, straight to Core.
import { accounts } from "../lib/accounts.mjs";
import { NETWORK, USDC } from "../lib/config.mjs";
import { coreClient } from "../lib/core_client.mjs";
import { Refusal, jsonBody, router, sendJson, serve } from "../lib/serve.mjs";
import { readClaims } from "../core/claims.mjs";
import { decodeHeader, encodeHeader } from "./header.mjs";
import { DESCRIPTION, PAY_TO, goods, priceOf } from "./terms.mjs";

const NAME = "credit_v1";

export async function startCreditV1(world, core) {
  const client = coreClient(core.url, accounts.bob, NAME);
  let nextId;
  const restart = () => (nextId = 1);
  restart();
  world.onReset(restart);
  const paid = async (req, _, res) => {
    const offer = makeOffer(req);
    const header = req.headers["x-payment"];
    if (!header) return askForPayment(req, res, offer, "Payment required");
    const outcome = await charge(client, offer, header);
    if (outcome.error) return askForPayment(req, res, offer, outcome.error);
    const receipt = encodeHeader({ success: true, guarantee: outcome.guarantee });
    sendJson(res, 200, goods(NAME, req), { "x-payment-response": receipt });
  };
  const url = await serve(
    world,
    `seller/${NAME}`,
    router({
      "GET /healthz": async () => ({ status: "ok" }),
      "GET /free": async (req) => ({ ...goods(NAME, req), paid: false }),
      "ANY /paid": paid,
      "POST /tab": async (req) => {
        const { userAddress } = jsonBody(req);
        if (typeof userAddress !== "string") throw new Refusal(400, "userAddress is missing");
        return { userAddress, nextReqId: `0x${(nextId++).toString(16)}` };
      },
    }),
  );
  return `${url}/paid`;
}

/** ?scheme= and ?network= give the other spellings in use: 4mica, base-sepolia. */
function makeOffer({ query_params: query, headers }) {
  const tabEndpoint = query.get("tab") === "none" ? undefined : `http://${headers.host}/tab`;
  return {
    scheme: query.get("scheme") ?? "4mica-credit",
    network: query.get("network") ?? NETWORK,
    asset: USDC,
    amount: priceOf(query.get("amount")),
    payTo: PAY_TO,
    extra: { tabEndpoint },
  };
}

function askForPayment(req, res, offer, error) {
  const url = `http://${req.headers.host}${req.url}`;
  const resource = { url, description: DESCRIPTION, mimeType: "application/json" };
  sendJson(res, 402, { x402Version: 1, error, resource, accepts: [offer] });
}

/** The real paywall forgets to compare terms; this one must, or tests prove nothing. */
async function charge(client, offer, header) {
  try {
    const { payload } = decodeHeader(header);
    const claims = readClaims(payload?.claims);
    const matches =
      claims.recipient === offer.payTo.toLowerCase() &&
      claims.asset === offer.asset.toLowerCase() &&
      claims.amount === BigInt(offer.amount);
    if (!matches) return { error: "payment does not match the offer" };
    return { guarantee: await client.issue(payload) };
  } catch (error) {
    if (error.status) return { error: error.message };
    throw error;
  }
}
