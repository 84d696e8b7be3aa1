// The chain behind its proxy, and what control does to it: faults, time, replaced blocks.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { keccak256, parseEther } from "viem";
import { accounts } from "../lib/accounts.mjs";
import { payCredit, post } from "./buyer.mjs";
import { chainClient } from "./chain_client.mjs";

const DAYS_22 = 1_900_800;

export function chainTests(box) {
  const { rpc, raw, vault } = chainClient(box);
  const { ann, bob, cid } = accounts;
  const call = (method, ...params) => ({ jsonrpc: "2.0", id: method, method, params });
  const ask = (body) => post(box.rpc, body);
  const account = (who, asset = box.usdc) =>
    box.read(`account?address=${who.address}&asset=${asset}`);

  /** A signed transfer of one wei by Cid, ready to be sent. */
  async function signedTransfer() {
    const nonce = await rpc.call("eth_getTransactionCount", cid.address, "pending");
    return cid.signTransaction({
      chainId: box.chain_id,
      type: "eip1559",
      nonce: Number(nonce),
      to: bob.address,
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 1n,
    });
  }
  const sent = async (tx) => {
    await rpc.call("eth_sendRawTransaction", tx);
    await box.ctl("chain", { mine: 1 });
    return receipt(tx);
  };
  const receipt = (tx) => rpc.call("eth_getTransactionReceipt", keccak256(tx));

  suite("RPC faults of chain commands", () => {
    beforeEach(() => box.reset());

    test("rpc_stale answers from the past", async () => {
      await box.ctl("chain", { mine: 3 });
      await box.ctl("fund", { address: cid.address, wei: "5", vault: { eth: "7" } });
      const head = BigInt(await rpc.call("eth_blockNumber"));
      await box.fault("rpc", "rpc_stale", { times: 0, arg: 1 });
      assert.equal(BigInt(await rpc.call("eth_blockNumber")), head - 1n);
      assert.equal(await vault.read("collateral", cid.address), 0n);
      const block = await rpc.call("eth_getBlockByNumber", "pending", false);
      assert.equal(BigInt(block.number), head - 1n);
      await fetch(`${box.control}/_ctl/fault`, { method: "DELETE" });
      assert.equal(await vault.read("collateral", cid.address), 7n);
    });

    test("rpc_data_nested moves the bytes, and leaves answers alone", async () => {
      const refused = { from: cid.address, to: box.vault, data: "0xd0e30db0" };
      const honest = await raw("eth_call", refused, "latest");
      await box.fault("rpc", "rpc_data_nested", { times: 2 });
      const { error } = await raw("eth_estimateGas", refused);
      assert.equal(error.data.data, honest.error.data);
      assert.equal(typeof (await raw("eth_call", { to: box.usdc }, "latest")), "object");
      assert.equal((await raw("eth_call", refused, "latest")).error.data, honest.error.data);
    });

    test("rpc_lost_receipt, rpc_nonce_gap: one answer each", async () => {
      const tx = await signedTransfer();
      assert.equal((await sent(tx)).status, "0x1");
      await box.fault("rpc", "rpc_lost_receipt");
      assert.deepEqual([await receipt(tx), (await receipt(tx)).status], [null, "0x1"]);
      const count = (tag) => rpc.call("eth_getTransactionCount", cid.address, tag);
      await box.fault("rpc", "rpc_nonce_gap", { arg: 3 });
      assert.equal(await count("latest"), "0x1");
      assert.equal(await count("pending"), "0x4");
      assert.equal(await count("pending"), "0x1");
    });

    for (const [fault, arrives] of Object.entries({
      rpc_low_fee: false,
      rpc_drop_before_send: false,
      rpc_drop_after_send: true,
      rpc_already_known: true,
    })) {
      test(`${fault}: the transaction ${arrives ? "arrives" : "does not arrive"}`, async () => {
        const tx = await signedTransfer();
        await box.fault("rpc", fault);
        await assert.rejects(rpc.call("eth_sendRawTransaction", tx));
        await box.ctl("chain", { mine: 1 });
        assert.equal((await receipt(tx)) !== null, arrives);
      });
    }

    test("rpc_429 says when to come back, for the named method only", async () => {
      await box.fault("rpc", "rpc_429", { route: "eth_chainId", arg: 7 });
      assert.equal((await ask(call("eth_blockNumber"))).status, 200);
      const refused = await ask([call("eth_blockNumber"), call("eth_chainId")]);
      assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "7"]);
      assert.equal((await ask(call("eth_chainId"))).status, 200);
    });

    test("one faulty call of a batch, and answers in another order", async () => {
      const batch = [call("eth_chainId"), call("eth_blockNumber"), call("eth_gasPrice")];
      const error = { code: 7, message: "no", data: "0xab" };
      await box.fault("rpc", "rpc_error", { route: "eth_blockNumber", arg: error });
      const answers = await (await ask(batch)).json();
      assert.deepEqual(
        answers.map((one) => [one.id, one.error ?? null]),
        [
          ["eth_chainId", null],
          ["eth_blockNumber", error],
          ["eth_gasPrice", null],
        ],
      );
      await box.fault("rpc", "rpc_batch_order");
      assert.equal((await (await ask(batch)).json())[0].id, "eth_gasPrice");
      await box.fault("rpc", "rpc_drop_after_send");
      const tx = await signedTransfer();
      await assert.rejects(ask([call("eth_chainId"), call("eth_sendRawTransaction", tx)]));
      await box.ctl("chain", { mine: 1 });
      assert.equal((await receipt(tx)).status, "0x1");
    });

    test("rpc_no_batch refuses arrays, and only them", async () => {
      await box.fault("rpc", "rpc_no_batch", { times: 2 });
      assert.equal((await ask(call("eth_chainId"))).status, 200);
      const batch = [call("eth_chainId")];
      assert.equal((await (await ask(batch)).json()).error.code, -32600);
      await box.fault("rpc", "rpc_no_batch", { arg: 400 });
      await ask(batch);
      assert.equal((await ask(batch)).status, 400);
      assert.ok(Array.isArray(await (await ask(batch)).json()));
    });
  });

  suite("Core and the chain", () => {
    beforeEach(() => box.reset());
    const pay = async () => (await payCredit(box.sellers.credit_v1)).response.status;
    const total = async (who, asset) => (await account(who, asset)).core_total;

    test("deposits of every kind are counted, by Core and by the vault", async () => {
      const vaulted = { eth: "5", usdt: "6", returns_nothing: "7", usdc: "8" };
      const { ok } = await box.ctl("fund", {
        address: cid.address,
        wei: "1000",
        tokens: { usdt: "60", zero_first: "70" },
        vault: vaulted,
      });
      assert.ok(ok);
      for (const [asset, amount] of Object.entries(vaulted)) {
        const row = await account(cid, asset);
        assert.deepEqual([row.collateral, row.core_total], [amount, amount], asset);
      }
      assert.equal((await account(cid, "usdt")).balance, "60");
      assert.equal((await account(cid, "zero_first")).balance, "70");
      assert.equal((await account(cid, "eth")).wei, "1000");
      const give = (more) => box.ctl("fund", { address: cid.address, vault: more });
      assert.match((await give({ doge: "1" })).error, /no such asset/);
      assert.match((await give({ takes_fee: "100" })).error, /revert/);
    });

    test("a request to withdraw stops guarantees at once, cancel allows them again", async () => {
      await vault.send(ann, "requestWithdrawal", [box.usdc, 7n]);
      await vault.send(ann, "requestWithdrawal", [box.usdc, 999_990_001n]); // takes its place
      assert.equal((await account(ann)).core_pending, "999990001");
      assert.equal(await pay(), 402);
      await vault.send(ann, "cancelWithdrawal", [box.usdc]);
      assert.equal(await pay(), 200);
      await vault.send(ann, "requestWithdrawal", [box.usdc, 400_000_000n]);
      await box.ctl("chain", { increase_time: DAYS_22 + 1 });
      await vault.send(ann, "finalizeWithdrawal", [box.usdc]);
      const { core_total, core_locked, core_pending, collateral } = await account(ann);
      assert.deepEqual([core_total, core_locked, core_pending], ["600000000", "10000", "0"]);
      assert.equal(collateral, core_total);
    });

    test("a deposit counts after confirm_depth blocks", async () => {
      await box.ctl("chain", { confirm_depth: 3 });
      await box.ctl("chain", { mine: 3 });
      const before = await total(ann);
      await vault.send(cid, "deposit", [], { value: "0x5" });
      await box.ctl("chain", { mine: 2 });
      assert.deepEqual([await total(cid, "eth"), before], ["0", "1000000000"]);
      await box.ctl("chain", { mine: 1 });
      assert.equal(await total(cid, "eth"), "5");
    });

    test("a deposit in a replaced block is taken back", async () => {
      await vault.send(cid, "deposit", [], { value: "0x5" });
      assert.equal(await total(cid, "eth"), "5");
      const { head } = await box.ctl("chain", { reorg: 1 });
      assert.equal(Number(await rpc.call("eth_blockNumber")), head.number);
      assert.equal(await total(cid, "eth"), "0");
      assert.equal(await vault.read("collateral", cid.address), 0n);
      assert.equal(await total(ann), "1000000000");
      assert.equal(await pay(), 200);
    });

    test("snapshot and revert: the same, and what was promised stays", async () => {
      assert.equal(await pay(), 200);
      const { snapshot } = await box.ctl("chain", { snapshot: true });
      await box.ctl("fund", { address: ann.address, vault: { usdc: "5" } });
      assert.equal(await total(ann), "1000000005");
      await box.ctl("chain", { revert: snapshot });
      const row = await account(ann);
      assert.deepEqual([row.core_total, row.core_locked], ["1000000000", "10000"]);
      assert.match((await box.ctl("chain", { revert: "0xff" })).error, /no such snapshot/);
    });

    test("chain_lost: Core counts nothing new and says so", async () => {
      await total(ann);
      await box.fault("core", "chain_lost", { times: 0 });
      await vault.send(cid, "deposit", [], { value: "0x5" });
      assert.equal(await total(cid, "eth"), "0");
      const health = await fetch(`${box.core}/core/health`);
      assert.equal(health.status, 503);
      assert.equal((await health.json()).chain_rpc, "fail");
    });
  });

  suite("control of the chain", () => {
    beforeEach(() => box.reset());

    test("time, blocks, balances; a reset undoes them", async () => {
      const { head } = await box.ctl("chain", { mine: 2, increase_time: 1000 });
      assert.ok(head.timestamp >= Date.now() / 1000 + 900);
      const next = head.timestamp + 50;
      const moved = await box.ctl("chain", { next_time: next, mine: 1 });
      assert.deepEqual([moved.head.number, moved.head.timestamp], [head.number + 1, next]);
      await box.ctl("chain", { balance: { address: cid.address, wei: "3" } });
      assert.equal((await account(cid)).wei, "3");
      assert.match((await box.ctl("chain", { gremlin: 1 })).error, /no such action/);
      await box.reset();
      assert.equal((await account(cid)).wei, String(parseEther("10000")));
      const { timestamp } = await rpc.call("eth_getBlockByNumber", "latest", false);
      assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 5);
    });

    test("a base fee refuses what offers less, and is gone after a reset", async () => {
      await box.ctl("chain", { base_fee: 2_000_000_000, mine: 1 });
      await assert.rejects(sent(await signedTransfer()), /max fee per gas|base fee/);
      await box.ctl("fund", { address: cid.address, credit: "5" });
      assert.equal((await account(cid)).core_total, "5");
      await box.reset();
      const { baseFeePerGas } = await rpc.call("eth_getBlockByNumber", "latest", false);
      assert.equal(baseFeePerGas, "0x0");
      assert.equal((await sent(await signedTransfer())).status, "0x1");
    });

    test("a wallet that refuses ETH can still sign", async () => {
      await box.ctl("chain", { no_receive: cid.address });
      assert.equal((await sent(await signedTransfer())).status, "0x1");
      const gift = { from: bob.address, to: cid.address, value: "0x1" };
      assert.ok((await raw("eth_call", gift, "latest")).error);
      await box.reset();
      assert.equal(await rpc.call("eth_getCode", cid.address, "latest"), "0x");
    });

    test("auto_mine off: a transaction waits, and a switch of the vault with it", async () => {
      await box.ctl("chain", { auto_mine: false });
      const tx = await signedTransfer();
      await rpc.call("eth_sendRawTransaction", tx);
      assert.equal((await box.ctl("vault", { pause: true })).ok, true);
      assert.equal(await receipt(tx), null);
      const deposit = () => box.ctl("fund", { address: cid.address, credit: "5" });
      assert.match((await deposit()).error, /auto_mine/);
      await box.ctl("chain", { mine: 1 });
      assert.equal((await receipt(tx)).status, "0x1");
      assert.equal(await vault.read("paused"), true);
      await box.ctl("chain", { auto_mine: false });
      await rpc.call("eth_sendRawTransaction", await signedTransfer());
      await box.reset();
      assert.equal(await rpc.call("eth_getTransactionCount", cid.address, "pending"), "0x0");
      await deposit();
      assert.equal((await account(cid)).core_total, "5");
    });
  });
}
