// In front of the node, so that a test can see and spoil what a client asks.
import { jsonBody, sendJson, serve } from "./serve.mjs";

const NAMES = [
  "rpc_wrong_chain",
  "rpc_error",
  "rpc_no_data",
  "rpc_slow",
  "rpc_lost_receipt",
  "no_code",
];
const EVERY_METHOD = ["rpc_error", "rpc_no_data", "rpc_slow"];
const TARGETS = {
  rpc_wrong_chain: ["eth_chainId", "net_version"],
  rpc_lost_receipt: ["eth_getTransactionReceipt"],
  no_code: ["eth_getCode"],
};

export function startRpcProxy(world, nodeUrl) {
  return serve(world, "rpc", async (req, res) => {
    const body = jsonBody(req);
    const calls = Array.isArray(body) ? body : [body];
    req.entry.rpc_methods = calls.map(({ method }) => method);
    const answers = await Promise.all(calls.map((call) => answer(world, nodeUrl, call)));
    sendJson(res, 200, Array.isArray(body) ? answers : answers[0]);
  });
}

async function answer(world, nodeUrl, call) {
  const names = NAMES.filter(
    (name) => EVERY_METHOD.includes(name) || TARGETS[name].includes(call.method),
  );
  const armed = world.faults.take("rpc", call.method, names);
  if (!armed) return forward(nodeUrl, call);
  const reply = (member) => ({ jsonrpc: "2.0", id: call.id, ...member });
  switch (armed.fault) {
    case "rpc_wrong_chain":
      return reply({
        result: call.method === "eth_chainId" ? hex(armed.arg ?? 8453) : String(armed.arg ?? 8453),
      });
    case "rpc_error":
      return reply({ error: { code: -32000, message: String(armed.arg ?? "injected error") } });
    case "rpc_no_data":
      return reply({ error: { code: 3, message: "execution reverted" } });
    case "rpc_lost_receipt":
      return reply({ result: null });
    case "no_code":
      return reply({ result: "0x" });
    case "rpc_slow":
      await new Promise((resolve) => setTimeout(resolve, armed.arg ?? 1000));
      return forward(nodeUrl, call);
  }
}

async function forward(nodeUrl, call) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(nodeUrl, { method: "POST", headers, body: JSON.stringify(call) });
  return response.json();
}

const hex = (number) => `0x${Number(number).toString(16)}`;
