// Talks to the sandbox's chain as any account, and reads reverts by name.
import { decodeErrorResult, decodeFunctionResult, encodeFunctionData, parseEventLogs } from "viem";
import { compile } from "../lib/compile.mjs";
import { rpcClient } from "../lib/chain.mjs";
import { post } from "./buyer.mjs";

const artifacts = await compile();

export function chainClient(box) {
  const rpc = rpcClient(box.rpc);
  const raw = async (method, ...params) =>
    (await post(box.rpc, { jsonrpc: "2.0", id: 1, method, params })).json();

  /** A contract by its own name, at `to`. */
  function at(name, to) {
    const { abi } = artifacts[name];
    const tx = (from, functionName, args, more) => ({
      from: from?.address ?? from,
      to,
      data: encodeFunctionData({ abi, functionName, args }),
      ...more,
    });
    return {
      async read(functionName, ...args) {
        const data = await rpc.call("eth_call", tx(undefined, functionName, args), "pending");
        return decodeFunctionResult({ abi, functionName, data });
      },
      /** Events of the receipt, by name and arguments. */
      async send(from, functionName, args = [], more = {}) {
        const { logs } = await rpc.transact(tx(from, functionName, args, more));
        return parseEventLogs({ abi, logs }).map(({ eventName, args: values }) => ({
          eventName,
          ...values,
        }));
      },
      /** How the call would be refused: the error's text, or null; by default at `pending`. */
      async refusal(from, functionName, args = [], { tag = "pending", ...more } = {}) {
        const { error } = await raw("eth_call", tx(from, functionName, args, more), tag);
        return error ? refusalText(abi, error) : null;
      },
    };
  }
  return { rpc, raw, at, vault: at("SandVault", box.vault) };
}

function refusalText(abi, { data, message }) {
  if (!data || data === "0x") return data === undefined ? message : "empty";
  const { errorName, args = [] } = decodeErrorResult({ abi, data });
  return `${errorName}(${args.join(",")})`;
}
