// What may go wrong with one RPC call. `methods`: which calls it can meet (all), and of these only
// those that `meets` takes; `act` answers instead of the node.

const SEND = ["eth_sendRawTransaction"];
const VIEWS = ["eth_call", "eth_estimateGas"];
const STALE_BLOCKS = 5;

// Where a method names the block it is about.
const BLOCK_PARAM = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_feeHistory: 1,
  eth_getBalance: 1,
  eth_getBlockByNumber: 0,
  eth_getCode: 1,
  eth_getStorageAt: 2,
  eth_getTransactionCount: 1,
};

const hex = (number) => `0x${BigInt(number).toString(16)}`;

function otherChain({ call, reply, arg }) {
  const id = arg ?? 8453;
  return reply({ result: call.method === "eth_chainId" ? hex(id) : String(id) });
}

/** `latest` and `pending` are some blocks behind. */
async function stale({ call, node, reply, arg }) {
  const head = BigInt((await node({ ...call, method: "eth_blockNumber", params: [] })).result);
  const behind = BigInt(arg ?? STALE_BLOCKS);
  const old = hex(head > behind ? head - behind : 0n);
  if (call.method === "eth_blockNumber") return reply({ result: old });
  const params = [...call.params];
  const place = BLOCK_PARAM[call.method];
  if (["latest", "pending", undefined].includes(params[place])) params[place] = old;
  return node({ ...call, params });
}

async function late({ call, node, arg }) {
  await new Promise((resolve) => setTimeout(resolve, arg ?? 1000));
  return node(call);
}

async function countsAhead({ call, node, reply, arg }) {
  const { result } = await node(call);
  return reply({ result: hex(BigInt(result) + BigInt(arg ?? 1)) });
}

/** Some nodes wrap the bytes of a revert once more. */
async function nested({ call, node, reply }) {
  const { error, ...answer } = await node(call);
  if (!error) return answer;
  const { data, ...others } = error;
  return reply({ error: { ...others, code: -32603, data: { ...others, data } } });
}

function tooMany({ reply, exchange, arg }) {
  const error = { code: -32005, message: "rate limit exceeded" };
  const headers = { "retry-after": String(arg ?? 1) };
  Object.assign(exchange, { status: 429, headers, body: reply({ error }) });
}

async function dropAfter({ call, node, exchange }) {
  await node(call);
  exchange.drop = true;
}

async function alreadyKnown({ call, node, reply }) {
  await node(call);
  return reply({ error: { code: -32000, message: "already known" } });
}

const lowFee = "max fee per gas less than block base fee: maxFeePerGas: 1, baseFee: 1000000000";

export const RPC_FAULTS = {
  rpc_wrong_chain: { methods: ["eth_chainId", "net_version"], act: otherChain },
  rpc_stale: { methods: ["eth_blockNumber", ...Object.keys(BLOCK_PARAM)], act: stale },
  rpc_error: { act: ({ reply, arg }) => reply({ error: errorOf(arg) }) },
  rpc_no_data: {
    act: ({ reply }) => reply({ error: { code: 3, message: "execution reverted" } }),
  },
  rpc_data_nested: { methods: VIEWS, act: nested },
  rpc_slow: { act: late },
  rpc_lost_receipt: {
    methods: ["eth_getTransactionReceipt"],
    act: ({ reply }) => reply({ result: null }),
  },
  rpc_lost_transaction: {
    methods: ["eth_getTransactionByHash"],
    act: ({ reply }) => reply({ result: null }),
  },
  rpc_nonce_gap: {
    methods: ["eth_getTransactionCount"],
    meets: ({ params }) => params?.[1] === "pending",
    act: countsAhead,
  },
  rpc_low_fee: {
    methods: SEND,
    act: ({ reply, arg }) => reply({ error: { code: -32000, message: arg ?? lowFee } }),
  },
  rpc_429: { act: tooMany },
  rpc_drop_before_send: { methods: SEND, act: ({ exchange }) => void (exchange.drop = true) },
  rpc_drop_after_send: { methods: SEND, act: dropAfter },
  rpc_already_known: { methods: SEND, act: alreadyKnown },
  no_code: { methods: ["eth_getCode"], act: ({ reply }) => reply({ result: "0x" }) },
};

export const faultsOf = (call) =>
  Object.keys(RPC_FAULTS).filter((name) => {
    const { methods = [call.method], meets = () => true } = RPC_FAULTS[name];
    return methods.includes(call.method) && meets(call);
  });

/** A text, or the members of the error object. */
const errorOf = (arg) => {
  const members = typeof arg === "object" ? arg : { message: String(arg) }; // null: neither
  return { code: -32000, message: "injected error", ...members };
};
