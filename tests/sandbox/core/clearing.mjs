// Cycles from the first guarantee to the last claim: open, frozen, netted, committed, settled.
import { keccak256, stringToHex } from "viem";
import { CYCLE } from "../lib/config.mjs";
import { oneAtATime } from "../lib/one_at_a_time.mjs";
import { makeBatch, netPositions } from "./netting.mjs";

// Periods a client looks for; the start of an extra cycle is that of one of them.
const PERIODS = [86400, 43200, 21600, 7200, 3600, 1800, 900, 600, 300, 60];
const COMMITTED = ["PAYMENT_WINDOW_OPEN", "DEFAULTED", "FINALIZED"];

/** What an event means for guarantees whose payer it names. */
const SETTLES = {
  DebtorPaid: ["debtor", "SETTLED"],
  CreditorClaimed: ["creditor", "SETTLED"],
  DefaultCovered: ["debtor", "DEFAULT_REMUNERATED"],
};
const STATUS_AFTER = {
  CycleCommitted: "PAYMENT_WINDOW_OPEN",
  DebtorDefaulted: "DEFAULTED",
  CycleFinalized: "FINALIZED",
};

export class Clearing {
  constructor({ chain, house, ledger, clock }) {
    Object.assign(this, { chain, house, ledger, clock });
    /** What changes cycles waits here for what did before. */
    this.alone = oneAtATime((task) => task());
    this.reset();
  }

  reset() {
    this.cycles = new Map();
  }

  /** The text id of the asset's open cycle. Closed before its time, it is followed by another. */
  open(asset) {
    const now = this.clock();
    const starts = this.#of(asset).map(({ start }) => start);
    const last = Math.max(...starts, -1);
    const newest = this.#of(asset).find(({ start }) => start === last);
    if (newest?.status === "OPEN" && now < newest.start + CYCLE.period) return newest.text;
    return this.#begin(asset, nextStart(now, last)).text;
  }

  cycle(text) {
    return this.cycles.get(text) ?? null;
  }

  guaranteesOf({ text }) {
    return [...this.ledger.guarantees.values()].filter(({ cycle }) => cycle === text);
  }

  /** Does what is due by Core's clock. */
  tick() {
    return this.alone(async () => {
      for (const cycle of this.cycles.values()) await this.#advance(cycle);
    }).catch((error) => console.error(error));
  }

  /**
   * Closes the open cycles (of one asset) now, and commits them unless told not to; deadlines
   * count from the chain's own time. Returns those that were closed.
   */
  close({ asset = null, commit = true, pay = CYCLE.pay, final = CYCLE.final }) {
    const due = ({ status, asset: its }) =>
      (commit ? ["OPEN", "FROZEN", "NETTING_COMPUTED"] : ["OPEN", "FROZEN"]).includes(status) &&
      (asset === null || its === asset);
    return this.alone(async () => {
      const cycles = [...this.cycles.values()].filter(due);
      for (const cycle of cycles) {
        if (cycle.status !== "NETTING_COMPUTED") this.#net(cycle);
        const now = commit && (await this.#now());
        if (commit) await this.#commit(cycle, now + pay, now + final);
      }
      return cycles;
    });
  }

  /** An event of the clearing house. What it says twice is done once. */
  mirror(eventName, args) {
    const cycle = [...this.cycles.values()].find(({ id }) => id === args.cycleId);
    if (!cycle) return;
    if (STATUS_AFTER[eventName]) cycle.status = STATUS_AFTER[eventName];
    const [who, status] = SETTLES[eventName] ?? [null, "SETTLED"];
    if (who) this.#settle(cycle, args[who].toLowerCase(), status);
    if (who) cycle.acted.set(args[who].toLowerCase(), eventName);
    if (eventName === "CycleFinalized") this.#settle(cycle, null, status);
  }

  /** Blocks were replaced: what they said of cycles is unsaid, what was promised is locked. */
  forgetChain() {
    for (const cycle of this.cycles.values()) {
      if (!COMMITTED.includes(cycle.status)) continue;
      cycle.status = "CLEARING_COMMITTED";
      cycle.acted.clear();
      for (const row of this.guaranteesOf(cycle)) this.#promiseAgain(cycle, row);
    }
  }

  /** A guarantee that binds no more, whatever the reason, frees what it locked. */
  release(row, status) {
    const { user, asset, amount } = row.claims;
    Object.assign(row, { status, freed: row.locked, locked: false });
    if (row.freed) this.ledger.unlock(user, asset, BigInt(amount));
  }

  #of(asset) {
    return [...this.cycles.values()].filter((cycle) => cycle.asset === asset);
  }

  #begin(asset, start) {
    const text = `${asset}:${start}`;
    const id = keccak256(stringToHex(text));
    const cycle = { text, id, asset, start, status: "OPEN", batch: null, acted: new Map() };
    this.cycles.set(text, cycle);
    return cycle;
  }

  async #advance(cycle) {
    const netting = cycle.start + CYCLE.period + CYCLE.cutoff;
    const committing = netting + CYCLE.commit;
    const now = this.clock();
    if (cycle.status === "OPEN" && now >= cycle.start + CYCLE.period) cycle.status = "FROZEN";
    if (cycle.status === "FROZEN" && now >= netting) this.#net(cycle);
    if (cycle.status === "NETTING_COMPUTED" && now >= committing)
      await this.#commit(cycle, committing + CYCLE.pay, committing + CYCLE.final);
  }

  /** What waits for a validator stays out; flat participants are done. */
  #net(cycle) {
    const rows = this.guaranteesOf(cycle).filter(
      ({ status, leftOut }) => status === "FINALIZED_PAYABLE" && !leftOut,
    );
    for (const row of rows) row.status = "NETTED";
    cycle.batch = makeBatch(this.house.address, cycle, netPositions(rows));
    cycle.status = "NETTING_COMPUTED";
    for (const [who, { role }] of cycle.batch.participants)
      if (role === "FLAT") this.#settle(cycle, who, "SETTLED");
  }

  /** Nothing owed: the contract would refuse it, and nobody needs it. */
  async #commit(cycle, payBy, finalAt) {
    const { root, debit, credit } = cycle.batch;
    cycle.status = root ? "CLEARING_COMMITTED" : "FINALIZED";
    if (!root) return;
    const totals = [debit, credit, BigInt(payBy), BigInt(finalAt)];
    try {
      await this.house.send("commitCycle", cycle.id, cycle.asset, root, ...totals);
    } catch (error) {
      cycle.status = "NETTING_COMPUTED"; // to be tried again
      throw error;
    }
    Object.assign(cycle, { payBy, finalAt });
  }

  #settle(cycle, who, status) {
    for (const row of this.guaranteesOf(cycle))
      if (row.status === "NETTED" && (who === null || row.claims.user === who))
        this.release(row, status);
  }

  #promiseAgain({ batch }, row) {
    const settled = ["SETTLED", "DEFAULT_REMUNERATED"].includes(row.status);
    if (!settled || batch.participants.get(row.claims.user).role === "FLAT") return;
    const { user, asset, amount } = row.claims;
    if (row.freed)
      this.ledger.change(user, asset, (balance) => (balance.locked += BigInt(amount)));
    Object.assign(row, { status: "NETTED", locked: row.freed, freed: false });
  }

  async #now() {
    const { timestamp } = await this.chain.call("eth_getBlockByNumber", "pending", false);
    return Math.max(Number(timestamp), this.clock());
  }
}

/** The running period's start; behind `last`, the next one that some period has. */
function nextStart(now, last) {
  const own = now - (now % CYCLE.period);
  if (own > last) return own;
  const near = PERIODS.flatMap((period) => [now - (now % period), now - (now % period) + period]);
  const free = near.filter((start) => start > last);
  return free.length ? Math.min(...free) : last + CYCLE.period;
}
