// What a test may do to the chain itself: its clock, its blocks, its past, its balances.
import { numberToHex } from "viem";
import { readAddress } from "../core/numbers.mjs";
import { Refusal } from "./serve.mjs";

const hex = (number) => numberToHex(BigInt(number));

/** In this order, whatever the order of the members. */
const ACTIONS = {
  auto_mine: ({ chain }, on) => chain.setAutoMine(on),
  confirm_depth: ({ core }, depth) => (core.collateral.confirmDepth = depth),
  balance: ({ bank }, { address, wei }) => bank.setBalance(readAddress(address, "address"), wei),
  /** The wallet answers with the code of NoReceive, and can still sign (EIP-7702). */
  no_receive: ({ chain, noReceive }, address) =>
    chain.call("anvil_setCode", readAddress(address, "address"), `0xef0100${noReceive.slice(2)}`),
  /** Of the next block; empty blocks after it ask for less and less. */
  base_fee: ({ chain }, wei) => chain.call("anvil_setNextBlockBaseFeePerGas", hex(wei)),
  increase_time: ({ chain }, seconds) => chain.call("evm_increaseTime", hex(seconds)),
  next_time: ({ chain }, time) => chain.call("evm_setNextBlockTimestamp", hex(time)),
  mine: ({ chain }, blocks) => chain.call("anvil_mine", hex(blocks)),
  /** The last blocks never happened; as many empty ones take their place. */
  reorg: ({ chain }, depth) => chain.call("anvil_reorg", depth, []),
  revert: async ({ chain }, id) => {
    if (!(await chain.call("evm_revert", id))) throw new Refusal(400, `no such snapshot: ${id}`);
  },
  snapshot: ({ chain }) => chain.call("evm_snapshot"),
};

/** Answers with the head of the chain, and the id of the snapshot if one was asked for. */
export async function bendChain(parts, order) {
  const unknown = Object.keys(order).find((name) => !Object.hasOwn(ACTIONS, name));
  if (unknown) throw new Refusal(400, `no such action: ${unknown}`);
  const results = {};
  for (const [name, act] of Object.entries(ACTIONS))
    if (name in order) results[name] = await act(parts, order[name]);
  const { number, hash, timestamp } = await parts.chain.call(
    "eth_getBlockByNumber",
    "latest",
    false,
  );
  const head = { number: Number(number), hash, timestamp: Number(timestamp) };
  return { ok: true, head, ...("snapshot" in order && { snapshot: results.snapshot }) };
}
