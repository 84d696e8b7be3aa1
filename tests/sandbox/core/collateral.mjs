// What the chain tells: every confirmed event of vault and clearing house, in order and once.
import { numberToHex, parseEventLogs } from "viem";
import { oneAtATime } from "../lib/one_at_a_time.mjs";

const min = (a, b) => (a < b ? a : b);

const EFFECTS = {
  CollateralDeposited: (row, { amount }) => (row.total += amount),
  WithdrawalRequested: (row, { amount }) => (row.pendingWithdrawal = amount),
  WithdrawalCanceled: (row) => (row.pendingWithdrawal = 0n),
  // Yield is paid out as well, and was never counted: it backs no guarantee.
  CollateralWithdrawn: (row, { amount }) => {
    row.total -= min(row.total, amount);
    row.pendingWithdrawal = 0n;
  },
  SandboxCollateralTaken: (row, { amount }) => (row.total -= min(row.total, amount)),
};

export class Collateral {
  confirmDepth = 0;
  #seen = null;

  constructor({ chain, vault, house, ledger, clearing, faults }) {
    Object.assign(this, { chain, ledger, clearing, faults });
    this.contracts = [vault, house];
    /** Asked before every answer that depends on the chain, so that no test has to wait. */
    this.sync = oneAtATime(() => this.#sync());
  }

  reset() {
    this.confirmDepth = 0;
    this.#seen = null;
  }

  async #sync() {
    if (this.faults.peek("core", "chain_lost")) return;
    const head = Number(await this.chain.call("eth_blockNumber"));
    const last = Math.max(head - this.confirmDepth, 0);
    if (this.#seen && (await this.#hash(this.#seen.number)) !== this.#seen.hash) {
      this.clearing.forgetChain(); // blocks were replaced: all is read again
      this.ledger.forgetChain();
      this.#seen = null;
    }
    const first = this.#seen ? this.#seen.number + 1 : 0;
    if (first > last) return;
    const hash = await this.#hash(last);
    for (const { eventName, args } of await this.#events(first, last)) {
      if (EFFECTS[eventName])
        this.ledger.change(args.user, args.asset, (row) => EFFECTS[eventName](row, args));
      else this.clearing.mirror(eventName, args);
    }
    this.#seen = { number: last, hash };
  }

  async #events(first, last) {
    const address = this.contracts.map((contract) => contract.address);
    const abi = this.contracts.flatMap((contract) => contract.abi);
    const [fromBlock, toBlock] = [first, last].map((number) => numberToHex(number));
    const logs = await this.chain.call("eth_getLogs", { address, fromBlock, toBlock });
    return parseEventLogs({ abi, logs });
  }

  async #hash(number) {
    return (await this.chain.call("eth_getBlockByNumber", numberToHex(number), false))?.hash;
  }
}
