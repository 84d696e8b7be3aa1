// Hands out money as a wallet would come by it: tokens are minted, deposits are real ones.
import { numberToHex } from "viem";
import { NATIVE_ASSET } from "./config.mjs";
import { Refusal } from "./serve.mjs";

const GAS_WEI = 10n ** 18n;

export class Bank {
  constructor(chain, vault, tokens) {
    Object.assign(this, { chain, vault, tokens });
  }

  /** The address of an asset, given by address or by name: eth, usdc, usdt, one of the odd. */
  asset(text) {
    const name = String(text).toLowerCase();
    if (name === "eth" || name === NATIVE_ASSET) return NATIVE_ASSET;
    const token = Object.hasOwn(this.tokens, name) && this.tokens[name];
    if (!token) throw new Refusal(400, `no such asset: ${text}`);
    return token.address.toLowerCase();
  }

  token(asset) {
    return this.tokens[this.asset(asset)];
  }

  async balance(who) {
    return BigInt(await this.chain.call("eth_getBalance", who, "latest"));
  }

  setBalance(who, wei) {
    return this.chain.call("anvil_setBalance", who, numberToHex(BigInt(wei)));
  }

  async mint(who, asset, amount) {
    if (this.asset(asset) === NATIVE_ASSET)
      return this.setBalance(who, (await this.balance(who)) + BigInt(amount));
    return this.token(asset).send("mint", who, BigInt(amount));
  }

  /** `amount` comes from nowhere: what the wallet holds beside the vault stays the same. */
  async deposit(who, asset, amount) {
    if (!this.chain.autoMine) throw new Refusal(409, "a deposit needs auto_mine");
    const wei = await this.balance(who);
    const { vault } = this;
    await this.setBalance(who, wei + GAS_WEI + BigInt(amount));
    try {
      if (this.asset(asset) === NATIVE_ASSET)
        return await this.#act(who, vault.address, vault.encode("deposit"), amount);
      const token = this.token(asset);
      const call = vault.encode("depositStablecoin", token.address, BigInt(amount));
      await token.send("mint", who, BigInt(amount));
      await this.#act(who, token.address, token.encode("approve", vault.address, BigInt(amount)));
      await this.#act(who, vault.address, call);
    } finally {
      await this.setBalance(who, wei);
    }
  }

  /** As many tokens as `spender` may then take, and not one more. */
  async fundAndApprove(who, asset, spender, amount) {
    const token = this.token(asset);
    await token.send("mint", who, BigInt(amount));
    await this.#act(who, token.address, token.encode("approve", spender, BigInt(amount)));
  }

  async #act(from, to, data, value = 0) {
    await this.chain.call("anvil_impersonateAccount", from);
    try {
      await this.chain.transact({ from, to, data, value: numberToHex(BigInt(value)) });
    } finally {
      await this.chain.call("anvil_stopImpersonatingAccount", from);
    }
  }
}
