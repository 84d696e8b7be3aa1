// Random choices that depend on nothing but a seed: SHA-256 of seed and counter.
import { createHash } from "node:crypto";

export class Random {
  #seed;
  #counter = 0;
  #left = Buffer.alloc(0);

  constructor(...seed) {
    this.#seed = seed.join("/");
  }

  bytes(count) {
    while (this.#left.length < count) {
      const block = createHash("sha256").update(`${this.#seed}#${this.#counter++}`).digest();
      this.#left = Buffer.concat([this.#left, block]);
    }
    const out = this.#left.subarray(0, count);
    this.#left = this.#left.subarray(count);
    return Buffer.from(out);
  }

  /** 0 to n - 1; the bias of 48 bits does no harm here. */
  below(n) {
    return this.bytes(6).readUIntBE(0, 6) % n;
  }

  chance(p) {
    return this.below(1e6) < p * 1e6;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** By weights: [[weight, value], ...]. */
  weighted(list) {
    let at = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
    return list.find(([weight]) => (at -= weight) < 0)[1];
  }

  integer(bits) {
    const bytes = this.bytes(Math.ceil(bits / 8));
    return BigInt(`0x${bytes.toString("hex")}`) >> BigInt(bytes.length * 8 - bits);
  }

  /** Of any size up to `bits`, the extremes more often than chance would have them. */
  u(bits) {
    if (this.chance(0.1)) return this.pick([0n, 1n, (1n << BigInt(bits)) - 1n]);
    return this.integer(1 + this.below(bits));
  }
}
