// The vault: order of checks, events, boundaries, views.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { parseEther, zeroAddress as ETH } from "viem";
import { accounts } from "../lib/accounts.mjs";
import { chainClient } from "./chain_client.mjs";

const DAYS_22 = 1_900_800;
const RAY = 10n ** 27n;
const TEN_PERCENT = (RAY * 11n) / 10n;

export function vaultTests(box) {
  const chain = chainClient(box);
  const { vault } = chain;
  const usdc = chain.at("SandUSDC", box.usdc);
  const { ann, cid, dee, bob } = accounts;
  const stranger = box.registry; // an asset nobody listed
  const refused = async (expected, from, name, args = [], more = {}) =>
    assert.equal(await vault.refusal(from, name, args, more), expected, `${name}(${args})`);
  const account = (who, asset = box.usdc) =>
    box.read(`account?address=${who.address}&asset=${asset}`);
  const tenPercent = { asset: "usdc", ray: String(TEN_PERCENT) };
  const wait = (seconds) => box.ctl("chain", { increase_time: seconds });

  suite("vault", () => {
    beforeEach(() => box.reset());

    test("ETH goes in, is asked for, waits, and comes out", async () => {
      const one = parseEther("1");
      assert.deepEqual(await vault.send(cid, "deposit", [], { value: "0xde0b6b3a7640000" }), [
        { eventName: "CollateralDeposited", user: cid.address, asset: ETH, amount: one },
      ]);
      const [requested] = await vault.send(cid, "requestWithdrawal", [one]);
      assert.equal(requested.eventName, "WithdrawalRequested");
      assert.equal(requested.amount, one);
      const at = Number(requested.when);
      await box.ctl("chain", { next_time: at + DAYS_22 - 1, mine: 1 });
      await refused("GracePeriodNotElapsed()", cid, "finalizeWithdrawal", [], { tag: "latest" });
      await box.ctl("chain", { next_time: at + DAYS_22, mine: 1 });
      await refused(null, cid, "finalizeWithdrawal", [], { tag: "latest" });
      assert.deepEqual(await vault.send(cid, "finalizeWithdrawal"), [
        { eventName: "CollateralWithdrawn", user: cid.address, asset: ETH, amount: one },
      ]);
      assert.equal(await vault.read("collateral", cid.address), 0n);
      await refused("NoWithdrawalRequested()", cid, "finalizeWithdrawal");
    });

    test("a token goes in and out, and cancel clears the request", async () => {
      await usdc.send(dee, "approve", [box.vault, 7n]);
      const events = await vault.send(dee, "depositStablecoin", [box.usdc, 7n]);
      assert.equal(events.at(-1).eventName, "CollateralDeposited");
      await vault.send(dee, "requestWithdrawal", [box.usdc, 10n]);
      const [, before] = await vault.read("withdrawalRequests", dee.address, box.usdc);
      await vault.send(dee, "requestWithdrawal", [box.usdc, 5n]);
      const [, after] = await vault.read("withdrawalRequests", dee.address, box.usdc);
      assert.deepEqual([before, after], [10n, 5n]);
      await box.ctl("fund", { address: dee.address, vault: { usdc: "3" } });
      assert.equal((await account(dee)).requested, "5");
      assert.deepEqual(await vault.send(dee, "cancelWithdrawal", [box.usdc]), [
        { eventName: "WithdrawalCanceled", user: dee.address, asset: box.usdc },
      ]);
      await refused("NoWithdrawalRequested()", dee, "cancelWithdrawal", [box.usdc]);
      await vault.send(dee, "requestWithdrawal", [box.usdc, 1_000_000_010n]);
      await wait(DAYS_22 + 1);
      const held = await usdc.read("balanceOf", dee.address);
      await vault.send(dee, "finalizeWithdrawal", [box.usdc]);
      assert.equal(await usdc.read("balanceOf", dee.address), held + 1_000_000_010n);
    });

    test("the first failing check decides", async () => {
      await refused("AmountZero()", cid, "deposit");
      await refused(`UnsupportedAsset(${ETH})`, cid, "depositStablecoin", [ETH, 0n]);
      await refused(`UnsupportedAsset(${stranger})`, cid, "depositStablecoin", [stranger, 0n]);
      await refused("AmountZero()", cid, "depositStablecoin", [box.usdc, 0n]);
      await refused("AmountZero()", cid, "requestWithdrawal", [0n]);
      await refused(`UnsupportedAsset(${stranger})`, cid, "requestWithdrawal", [stranger, 0n]);
      await refused("AmountZero()", cid, "requestWithdrawal", [ETH, 0n]);
      await refused("InsufficientAvailable()", cid, "requestWithdrawal", [1n]);
      await refused(null, ann, "requestWithdrawal", [box.usdc, 1_000_000_000n]);
      const more = [box.usdc, 1_000_000_001n];
      await refused("InsufficientAvailable()", ann, "requestWithdrawal", more);
      await refused(`UnsupportedAsset(${stranger})`, cid, "cancelWithdrawal", [stranger]);
      await refused("NoWithdrawalRequested()", cid, "cancelWithdrawal");
      await refused(`UnsupportedAsset(${stranger})`, cid, "finalizeWithdrawal", [stranger]);
      await refused("NoWithdrawalRequested()", cid, "finalizeWithdrawal", [ETH]);
    });

    test("paused: after the arguments, before all else, cancel and finalize too", async () => {
      await vault.send(ann, "requestWithdrawal", [box.usdc, 1n]);
      assert.equal(await vault.read("paused"), false);
      await box.ctl("vault", { pause: true, atoken: { asset: "usdc", configured: false } });
      assert.equal(await vault.read("paused"), true);
      await refused("AmountZero()", cid, "deposit");
      await refused("EnforcedPause()", cid, "deposit", [], { value: "0x1" });
      await refused("EnforcedPause()", ann, "depositStablecoin", [box.usdc, 1n]);
      await refused("EnforcedPause()", ann, "requestWithdrawal", [box.usdc, 1n << 200n]);
      await refused("EnforcedPause()", ann, "cancelWithdrawal", [box.usdc]);
      await refused("EnforcedPause()", ann, "finalizeWithdrawal", [box.usdc]);
      await refused("EnforcedPause()", cid, "finalizeWithdrawal");
      assert.match((await box.ctl("vault", { pause: true })).error, /0xd93c0665|EnforcedPause/);
      await box.ctl("vault", { pause: false });
      await refused("AaveNotConfigured()", ann, "depositStablecoin", [box.usdc, 1n]);
      assert.equal(await vault.read("stablecoinAToken", box.usdc), ETH);
    });

    test("no plain transfers and no unknown calls", async () => {
      for (const data of ["0x", "0x12345678"]) {
        const call = { from: ann.address, to: box.vault, value: "0x1", data };
        const { error } = await chain.raw("eth_call", call, "latest");
        assert.equal(error.data, "0x3ee6509d");
      }
    });

    test("views: one row per asset, ETH first, and capacity is not for ETH", async () => {
      const rows = await vault.read("getUserAllAssets", ann.address);
      const tokens = await vault.read("getERC20Tokens");
      assert.deepEqual(
        rows.map(({ asset }) => asset),
        [ETH, ...tokens],
      );
      assert.equal(rows.at(-1).collateral, 1_000_000_000n);
      assert.equal(rows[0].collateral, 0n);
      const nobody = await vault.read("getUserAllAssets", bob.address);
      assert.ok(nobody.every(({ collateral }) => collateral === 0n));
      for (const name of ["guaranteeCapacity", "principalBalance", "grossYield", "userNetYield"])
        await refused(`UnsupportedAsset(${ETH})`, ann, name, [ann.address, ETH]);
      assert.equal(await vault.read("withdrawableBalance", ann.address, ETH), 0n);
      assert.deepEqual(await vault.read("withdrawalRequests", ann.address, stranger), [0n, 0n]);
      assert.equal(await vault.read("authority"), accounts.admin.address);
    });

    test("yield is the user's but for the fee, and backs no guarantee", async () => {
      await box.ctl("vault", { fee_bps: 1000, index: tenPercent });
      const read = (name) => vault.read(name, ann.address, box.usdc);
      assert.equal(await read("grossYield"), 100_000_000n);
      assert.equal(await read("protocolYieldShare"), 10_000_000n);
      assert.equal(await read("userNetYield"), 90_000_000n);
      assert.equal(await read("collateral"), 1_090_000_000n);
      assert.equal(await read("guaranteeCapacity"), 1_000_000_000n);
      await vault.send(ann, "requestWithdrawal", [box.usdc, 1_090_000_000n]);
      await wait(DAYS_22 + 1);
      const events = await vault.send(ann, "finalizeWithdrawal", [box.usdc]);
      assert.equal(events.at(-1).amount, 1_090_000_000n);
      assert.ok((await read("collateral")) <= 1n);
      assert.equal((await account(ann)).core_total, "0");
    });

    test("rounding: two deposits at index 1.1 cannot leave to the last unit", async () => {
      await box.ctl("vault", { index: tenPercent });
      for (const amount of ["1", "5000000"])
        await box.ctl("fund", { address: cid.address, vault: { usdc: amount } });
      await vault.send(cid, "requestWithdrawal", [box.usdc, 5_000_001n]);
      await wait(DAYS_22 + 1);
      const text = await vault.refusal(cid, "finalizeWithdrawal", [box.usdc]);
      assert.match(text, /^UserScaledBalanceUnderflow\(/);
      const little = String(TEN_PERCENT + RAY / 1_000_000n);
      await box.ctl("vault", { index: { asset: "usdc", ray: little } });
      await refused(null, cid, "finalizeWithdrawal", [box.usdc]);
      await box.ctl("vault", { index: tenPercent });
      await vault.send(cid, "requestWithdrawal", [box.usdc, 5_000_000n]);
      await wait(DAYS_22 + 1);
      await refused(null, cid, "finalizeWithdrawal", [box.usdc]);
    });

    test("a short pool, and a payout in between", async () => {
      await vault.send(ann, "requestWithdrawal", [box.usdc, 1_000_000_000n]);
      await wait(DAYS_22 + 1);
      await box.ctl("vault", { short: { asset: "usdc", amount: "all" } });
      const text = `StablecoinWithdrawShortfall(${box.usdc},1000000000,0)`;
      await refused(text, ann, "finalizeWithdrawal", [box.usdc]);
      await box.ctl("vault", { short: { asset: "usdc", amount: "0" } });
      await box.ctl("vault", { take: { user: ann.address, asset: "usdc", amount: "600000000" } });
      assert.equal((await account(ann)).core_total, "400000000");
      const events = await vault.send(ann, "finalizeWithdrawal", [box.usdc]);
      assert.equal(events.at(-1).amount, 400_000_000n);
    });

    test("timing: real by default, rules kept, a change moves what is pending", async () => {
      assert.equal(box.profile, "real");
      const getters = ["remunerationGracePeriod", "tabExpirationTime", "synchronizationDelay"];
      const read = () =>
        Promise.all([...getters, "withdrawalGracePeriod"].map((name) => vault.read(name)));
      assert.deepEqual(await read(), [1209600n, 1814400n, 21600n, BigInt(DAYS_22)]);
      for (const seconds of [
        [2, 2, 1, 4],
        [1, 2, 2, 4],
      ])
        assert.match((await box.ctl("vault", { timing: seconds })).error, /IllegalValue|c3a07fef/);
      await vault.send(ann, "requestWithdrawal", [box.usdc, 1n]);
      await wait(10);
      await refused("GracePeriodNotElapsed()", ann, "finalizeWithdrawal", [box.usdc]);
      await box.ctl("vault", { timing: [1, 2, 1, 4] });
      await refused(null, ann, "finalizeWithdrawal", [box.usdc]);
    });

    test("latest lags on a quiet chain: pending knows", async () => {
      await box.ctl("vault", { timing: [1, 2, 1, 4] });
      await vault.send(ann, "requestWithdrawal", [box.usdc, 1n]);
      await new Promise((resolve) => setTimeout(resolve, 5100));
      const args = [ann, "finalizeWithdrawal", [box.usdc]];
      await refused("GracePeriodNotElapsed()", ...args, { tag: "latest" });
      await refused(null, ...args, { tag: "pending" });
      await vault.send(...args);
    });

    test("only its owner turns the switches", async () => {
      const mine = `AccessManagedUnauthorized(${cid.address})`;
      for (const [name, ...args] of [
        ["pause"],
        ["unpause"],
        ["setTimingParameters", 1n, 2n, 1n, 4n],
        ["setYieldFeeBps", 1n],
        ["listToken", cid.address],
        ["setAToken", box.usdc, ETH],
        ["setIndex", box.usdc, 1n],
        ["setShort", box.usdc, 1n],
        ["take", ann.address, box.usdc, 1n, cid.address],
      ])
        await refused(mine, cid, name, args);
      assert.match((await box.ctl("vault", { fee_bps: 5001 })).error, /0xcd4e6167|FeeTooHigh/);
    });

    test("a wallet that takes no ETH", async () => {
      await box.ctl("fund", { address: cid.address, vault: { eth: "1000" } });
      await vault.send(cid, "requestWithdrawal", [1000n]);
      await wait(DAYS_22 + 1);
      await refused(null, cid, "finalizeWithdrawal");
      await box.ctl("chain", { no_receive: cid.address });
      await refused("TransferFailed()", cid, "finalizeWithdrawal");
      const wallet = chain.at("NoReceive", box.no_receive);
      await wallet.send(ann, "execute", [box.vault, 5n, "0xd0e30db0"], { value: "0x5" });
      assert.equal(await vault.read("collateral", box.no_receive), 5n);
    });
  });

  suite("odd tokens", () => {
    beforeEach(() => box.reset());
    const { address } = cid;
    const give = (name, amount) => box.ctl("fund", { address, tokens: { [name]: amount } });
    const at = (name) => (name === "usdt" ? box.usdt : box.odd[name]);
    const token = (name) => chain.at("OddToken", at(name));
    const approve = (name, amount) => token(name).send(cid, "approve", [box.vault, amount]);
    const deposit = (name) => vault.refusal(cid, "depositStablecoin", [at(name), 100n]);

    const without = {
      usdt: "Error(ERC20: transfer amount exceeds allowance)",
      returns_false: `SafeERC20FailedOperation(${box.odd.returns_false})`,
      returns_nothing: "Error(ERC20: transfer amount exceeds allowance)",
      reverts_string: "Error(ERC20: transfer amount exceeds allowance)",
      zero_first: "Error(ERC20: transfer amount exceeds allowance)",
    };
    for (const [name, expected] of Object.entries(without)) {
      test(`${name}: refused without allowance, taken with it`, async () => {
        await give(name, "100");
        assert.equal(await deposit(name), expected);
        await approve(name, 100n);
        assert.equal(await deposit(name), null);
        await vault.send(cid, "depositStablecoin", [at(name), 100n]);
        assert.equal((await account(cid, name)).core_total, "100");
      });
    }

    test("custom_errors says who may take how much", async () => {
      const odd = token("custom_errors");
      const call = [cid, "transferFrom", [ann.address, cid.address, 5n]];
      assert.equal(await odd.refusal(...call), `ERC20InsufficientAllowance(${cid.address},0,5)`);
      await approve("custom_errors", 100n);
      assert.equal(
        await odd.refusal(cid, "transfer", [ann.address, 5n]),
        `ERC20InsufficientBalance(${cid.address},0,5)`,
      );
    });

    test("takes_fee cannot be deposited, zero_first insists", async () => {
      await give("takes_fee", "1000");
      await approve("takes_fee", 100n);
      assert.equal(await deposit("takes_fee"), `ERC20InsufficientBalance(${box.vault},99,100)`);
      await approve("zero_first", 5n);
      const again = await token("zero_first").refusal(cid, "approve", [box.vault, 6n]);
      assert.match(again, /non-zero to non-zero/);
      await approve("zero_first", 0n);
      await approve("zero_first", 6n);
    });

    test("returns_nothing returns nothing, liar lies, nonsense is not listed", async () => {
      const data = `0x095ea7b3${box.vault.slice(2).padStart(64, "0")}${"0".repeat(64)}`;
      const approve = { from: address, to: box.odd.returns_nothing, data };
      assert.equal((await chain.raw("eth_call", approve, "latest")).result, "0x");
      const { tokens } = await (await fetch(`${box.core}/core/tokens`)).json();
      const of = (address) => tokens.find((row) => row.address === address);
      assert.deepEqual(of(box.usdt), { symbol: "USDT", address: box.usdt, decimals: 6 });
      assert.deepEqual(of(box.odd.liar), { symbol: "USDC", address: box.odd.liar, decimals: 18 });
      assert.equal(of(box.odd.nonsense), undefined);
    });
  });
}
