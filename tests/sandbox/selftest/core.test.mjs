// Core's small talk: sign-in, balances, parameters, cycles.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { accounts } from "../lib/accounts.mjs";
import { certificateDomain } from "../core/certificate.mjs";
import { blsKey } from "../lib/bls.mjs";
import { BLS_KEY, OTHER_BLS_KEY } from "../lib/config.mjs";
import { signInText } from "../lib/sign_in.mjs";
import { accessToken, payCredit, post } from "./buyer.mjs";

// configureGuaranteeVersion(uint64,(bytes32,bytes32,bytes32,bytes32),bytes32,address,bool)
const BEND = `0x548c0786${"0".repeat(8 * 64)}`;

export function coreTests(box) {
  const ask = async (path, body) => {
    const response = await post(box.core + path, body);
    return { status: response.status, ...(await response.json()) };
  };
  const read = async (path, account) => {
    const headers = account && { authorization: `Bearer ${await accessToken(box.core, account)}` };
    const response = await fetch(box.core + path, { headers });
    return { status: response.status, value: await response.json() };
  };
  const { ann, bob } = accounts;

  suite("Core", () => {
    beforeEach(() => box.reset());

    test("health, tokens and parameters", async () => {
      assert.deepEqual((await read("/core/health")).value, {
        status: "ok",
        db: "ok",
        chain_rpc: "ok",
      });
      assert.equal((await read("/core/tokens")).value.tokens[0].address, box.usdc);
      const { value } = await read("/core/public-params");
      assert.equal(`0x${Buffer.from(value.public_key).toString("hex")}`, box.bls_public_key);
      assert.equal(value.contract_address, box.vault);
      assert.deepEqual(value.trusted_validation_registries, [box.registry]);
    });

    test("the vault agrees with Core, under the real selectors", async () => {
      const call = async (data) => {
        const params = [{ to: box.vault, data }, "latest"];
        const request = { jsonrpc: "2.0", id: 1, method: "eth_call", params };
        return (await (await post(box.rpc, request)).json()).result;
      };
      const key = blsKey(BLS_KEY)
        .words.map((word) => word.slice(2))
        .join("");
      const domain = (version) => certificateDomain(version, box.chain_id, box.vault).slice(2);
      const config = (version) => call(`0x563550ae${version.toString(16).padStart(64, "0")}`);
      const [zero, one] = ["0", "1"].map((digit) => digit.padStart(64, "0"));
      assert.equal(await call("0xdf4087c6"), `0x${key}`);
      assert.equal(await call("0x991ce4cd"), `0x${domain(1)}`);
      assert.equal(await config(2), `0x${key}${domain(2)}${zero}${one}`);
      assert.equal(BigInt(await config(3)), 0n);
      assert.match(await call("0x115c68c7"), new RegExp(`${box.usdc.slice(2)}$`, "i"));
    });

    test("the vault can be bent, and a reset undoes it", async () => {
      const view = async (data) => {
        const params = [{ to: box.vault, data }, "latest"];
        const request = { jsonrpc: "2.0", id: 1, method: "eth_call", params };
        return (await (await post(box.rpc, request)).json()).result.slice(2);
      };
      const config = (version) => view(`0x563550ae${version.toString(16).padStart(64, "0")}`);
      const key = (secret) =>
        blsKey(secret)
          .words.map((word) => word.slice(2))
          .join("");
      const honest = [await config(1), await config(2)];
      await box.ctl("vault", { key: "other" });
      assert.equal(await view("0xdf4087c6"), key(OTHER_BLS_KEY));
      assert.equal((await config(2)).slice(0, 256), key(OTHER_BLS_KEY));
      assert.equal((await config(2)).slice(256), honest[1].slice(256));
      await box.ctl("vault", { version: 2, enabled: false });
      assert.equal(await config(2), `${honest[1].slice(0, -1)}0`);
      assert.equal((await config(1)).slice(0, 256), key(OTHER_BLS_KEY));
      const domain = "7".repeat(64);
      await box.ctl("vault", { version: 1, domain: `0x${domain}` });
      assert.equal(await view("0x991ce4cd"), domain);
      assert.match((await box.ctl("vault", { key: "mine" })).error, /no such key/);
      await box.reset();
      assert.deepEqual([await config(1), await config(2)], honest);
    });

    test("only its owner bends the vault", async () => {
      const params = [{ from: accounts.cid.address, to: box.vault, data: BEND }];
      const request = { jsonrpc: "2.0", id: 1, method: "eth_call", params };
      const { error } = await (await post(box.rpc, request)).json();
      assert.match(error.data, /^0x068ca9d8/);
    });

    test("a refresh token works once", async () => {
      const text = await signedMessage(ann);
      const { refresh_token } = await ask("/auth/verify", text);
      assert.equal((await ask("/auth/refresh", { refresh_token })).expires_in, 900);
      assert.equal(
        (await ask("/auth/refresh", { refresh_token })).error,
        "refresh token already used",
      );
    });

    test("a nonce works once, and only for its own message", async () => {
      const text = await signedMessage(ann);
      assert.equal((await ask("/auth/verify", text)).status, 200);
      assert.equal((await ask("/auth/verify", text)).error, "nonce already used");
      const foreign = await signedMessage(ann, (message) =>
        message.replace(/^[^ ]+/, "core.example"),
      );
      assert.equal((await ask("/auth/verify", foreign)).error, "siwe domain mismatch");
      const forged = { ...(await signedMessage(ann)), signature: text.signature };
      assert.equal((await ask("/auth/verify", forged)).error, "Invalid signature");
    });

    test("balances: locked grows with a payment, strangers are null", async () => {
      const path = (who) => `/core/users/${who.address}/assets/${box.usdc}`;
      assert.equal((await read(path(ann))).status, 401);
      await payCredit(box.sellers.credit_v1);
      const { value } = await read(path(ann), ann);
      assert.deepEqual([value.total, value.locked, value.version], ["0x3b9aca00", "0x2710", 2]);
      assert.equal((await read(path(bob), ann)).value, null);
      assert.deepEqual((await read(`/core/recipients/${bob.address}/payments`, bob)).value, []);
    });

    test("cycles are unknown, then not netted, and nobody else's business", async () => {
      const path = (cycle) => `/core/cycles/${cycle}/participants/${ann.address}/clearing-proof`;
      assert.equal((await read(path("0x0:0"), ann)).status, 404);
      await payCredit(box.sellers.credit_v1);
      const [{ cycle }] = await box.read("guarantees");
      assert.match((await read(path(cycle), ann)).value.error, /has no clearing batch/);
      assert.equal((await read(path(cycle), bob)).value.error, "participant proof access denied");
    });
  });

  async function signedMessage(account, change = (message) => message) {
    const { address } = account;
    const message = change(signInText(address, await ask("/auth/nonce", { address })));
    return { address, message, signature: await account.signMessage({ message }) };
  }
}
