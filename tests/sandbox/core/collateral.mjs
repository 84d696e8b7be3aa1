// Collateral as the chain tells it: every confirmed event of the vault, in order and once.
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

  constructor({ chain, vault, ledger, faults }) {
    Object.assign(this, { chain, vault, ledger, faults });
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
      this.ledger.forgetChain(); // blocks were replaced: all is read again
      this.#seen = null;
    }
    const first = this.#seen ? this.#seen.number + 1 : 0;
    if (first > last) return;
    const hash = await this.#hash(last);
    for (const { eventName, args } of await this.#events(first, last)) {
      if (EFFECTS[eventName])
        this.ledger.change(args.user, args.asset, (row) => EFFECTS[eventName](row, args));
    }
    this.#seen = { number: last, hash };
  }

  async #events(first, last) {
    const { address, abi } = this.vault;
    const [fromBlock, toBlock] = [first, last].map((number) => numberToHex(number));
    const logs = await this.chain.call("eth_getLogs", { address, fromBlock, toBlock });
    return parseEventLogs({ abi, logs });
  }

  async #hash(number) {
    return (await this.chain.call("eth_getBlockByNumber", numberToHex(number), false))?.hash;
  }
}
