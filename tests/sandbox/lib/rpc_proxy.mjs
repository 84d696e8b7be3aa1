// In front of the node, so that a test can see and spoil what a client asks.
import { RPC_FAULTS, faultsOf } from "./rpc_faults.mjs";
import { jsonBody, sendJson, serve } from "./serve.mjs";

export function startRpcProxy(world, nodeUrl) {
  const node = (call) => forward(nodeUrl, call);
  return serve(world, "rpc", async (req, res) => {
    const body = jsonBody(req);
    const isBatch = Array.isArray(body);
    const calls = isBatch ? body : [body];
    req.entry.rpc_methods = calls.map(({ method }) => method);
    const refused = isBatch && world.faults.take("rpc", null, ["rpc_no_batch"]);
    if (refused) return refuseBatch(res, refused.arg);
    const exchange = {};
    const answers = await Promise.all(
      calls.map((call) => answer(world.faults, node, call, exchange)),
    );
    if (exchange.drop) return res.destroy();
    if (exchange.status) return sendJson(res, exchange.status, exchange.body, exchange.headers);
    if (isBatch && world.faults.take("rpc", null, ["rpc_batch_order"])) answers.reverse();
    sendJson(res, 200, isBatch ? answers : answers[0]);
  });
}

/** One call of a request. A fault may also end the whole `exchange`: by its status, or `drop`. */
async function answer(faults, node, call, exchange) {
  const armed = faults.take("rpc", call.method, faultsOf(call));
  if (!armed) return node(call);
  const reply = (member) => ({ jsonrpc: "2.0", id: call.id, ...member });
  return RPC_FAULTS[armed.fault].act({ call, node, reply, exchange, arg: armed.arg });
}

function refuseBatch(res, status) {
  const error = { code: -32600, message: "batch requests are not supported" };
  sendJson(res, status ?? 200, { jsonrpc: "2.0", id: null, error });
}

async function forward(nodeUrl, call) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(nodeUrl, { method: "POST", headers, body: JSON.stringify(call) });
  return response.json();
}
