// The facilitator stand-in: business refusals are HTTP 200, as in the real one.
import { NETWORK } from "../lib/config.mjs";
import { jsonBody, router, serve } from "../lib/serve.mjs";
import { CREDIT, creditFacilitator } from "./credit.mjs";
import { exactFacilitator } from "./exact.mjs";

export async function startFacilitator(world, { rpcUrl, core }) {
  const exact = exactFacilitator(rpcUrl);
  const credit = creditFacilitator(world, core);
  const armed = (route, fault) => world.faults.take("facilitator", route, [fault]);
  const supported = () => {
    const kinds = [1, 2].map((x402Version) => ({ x402Version, scheme: CREDIT, network: NETWORK }));
    const own = exact.supported();
    return { ...own, kinds: [...own.kinds, ...kinds] };
  };
  const routes = {
    "GET /": async () => ({
      message: "sandbox facilitator",
      supported: supported().kinds,
      health: "/health",
    }),
    "GET /health": async () => ({ status: armed("/health", "health_fail") ? "fail" : "ok" }),
    "GET /supported": async () => {
      const other = armed("/supported", "kinds_switch");
      return other ? { ...supported(), kinds: other.arg ?? [] } : supported();
    },
    "POST /verify": async (req) => verify(exact, credit, jsonBody(req)),
    "POST /settle": async (req) => settle(world.faults, exact, credit, jsonBody(req)),
  };
  return serve(world, "facilitator", router(routes));
}

const isExact = ({ paymentRequirements }) => paymentRequirements?.scheme === "exact";

async function verify(exact, credit, request) {
  if (isExact(request)) return exact.verify(request);
  try {
    const claims = await credit.verify(request);
    return { isValid: true, invalidReason: null, payer: claims.user };
  } catch (error) {
    return { isValid: false, invalidReason: error.message };
  }
}

async function settle(faults, exact, credit, request) {
  if (isExact(request)) return exact.settle(request);
  const shape = faults.take("facilitator", "/settle", ["settle_real_shape"]) ? realShape : superset;
  const refusal = faults.take("facilitator", "/settle", ["refuse_settle"]);
  try {
    if (refusal) throw new Error(refusal.arg ?? "refused");
    return shape(await credit.settle(request));
  } catch (error) {
    return shape({ error: error.message });
  }
}

/** What the real facilitator answers. `@x402/core` sellers cannot read it. */
function realShape({ certificate, error = null }) {
  return { success: !error, error, txHash: null, networkId: NETWORK, certificate };
}

/** The same with every member `@x402/core` insists on; `extra` survives it. */
function superset({ certificate, claims, error }) {
  const common = { ...realShape({ certificate, error }), transaction: "", network: NETWORK };
  if (error) return { ...common, errorReason: error };
  return { ...common, payer: claims.user, extra: { certificate } };
}
