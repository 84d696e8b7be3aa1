// Core's memory: who holds what collateral, and every guarantee issued.
import { accounts } from "../lib/accounts.mjs";
import { START_USDC, USDC } from "../lib/config.mjs";

const keyOf = (user, asset) => `${user}:${asset}`.toLowerCase();

export class Ledger {
  constructor() {
    this.reset();
  }

  reset() {
    this.balances = new Map();
    this.suspended = new Set();
    this.guarantees = new Map();
    this.credit(accounts.ann.address, USDC, START_USDC);
    this.credit(accounts.dee.address, USDC, START_USDC);
  }

  /** Stands for a confirmed deposit. */
  credit(user, asset, amount) {
    const row = this.#row(user, asset) ?? this.#open(user, asset);
    row.total += amount;
    touch(row);
  }

  lock(user, asset, amount) {
    const row = this.#row(user, asset);
    if (!row || row.total - row.locked - row.pendingWithdrawal < amount) return false;
    row.locked += amount;
    touch(row);
    return true;
  }

  balance(user, asset) {
    return this.#row(user, asset) ?? null;
  }

  isRegistered(user) {
    return [...this.balances.values()].some((row) => row.user === user.toLowerCase());
  }

  #row(user, asset) {
    return this.balances.get(keyOf(user, asset));
  }

  #open(user, asset) {
    const row = { user: user.toLowerCase(), asset: asset.toLowerCase(), version: 0 };
    Object.assign(row, { total: 0n, locked: 0n, pendingWithdrawal: 0n, updatedAt: 0 });
    this.balances.set(keyOf(user, asset), row);
    return row;
  }
}

function touch(row) {
  row.version += 1;
  row.updatedAt = Math.floor(Date.now() / 1000);
}
