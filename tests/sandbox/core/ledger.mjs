// Core's memory: who holds what collateral, and every guarantee issued.

const keyOf = (user, asset) => `${user}:${asset}`.toLowerCase();

export class Ledger {
  constructor() {
    this.reset();
  }

  reset() {
    this.balances = new Map();
    this.suspended = new Set();
    this.guarantees = new Map();
  }

  /** The chain began anew: what it told no longer holds, what was promised does. */
  forgetChain() {
    for (const row of this.balances.values()) Object.assign(row, NOTHING);
  }

  change(user, asset, effect) {
    const row = this.balance(user, asset) ?? this.#open(user, asset);
    effect(row);
    touch(row);
  }

  lock(user, asset, amount) {
    const row = this.balance(user, asset);
    if (!row || row.total - row.locked - row.pendingWithdrawal < amount) return false;
    row.locked += amount;
    touch(row);
    return true;
  }

  unlock(user, asset, amount) {
    this.change(user, asset, (row) => (row.locked -= amount));
  }

  balance(user, asset) {
    return this.balances.get(keyOf(user, asset)) ?? null;
  }

  isRegistered(user) {
    return [...this.balances.values()].some((row) => row.user === user.toLowerCase());
  }

  #open(user, asset) {
    const row = { user: user.toLowerCase(), asset: asset.toLowerCase(), version: 0 };
    Object.assign(row, NOTHING, { locked: 0n, updatedAt: 0 });
    this.balances.set(keyOf(user, asset), row);
    return row;
  }
}

const NOTHING = { total: 0n, pendingWithdrawal: 0n };

function touch(row) {
  row.version += 1;
  row.updatedAt = Math.floor(Date.now() / 1000);
}
