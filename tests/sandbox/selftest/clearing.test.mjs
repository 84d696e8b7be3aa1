// Clearing from guarantees to the last claim, looked at with other code than the stand-in's.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import {
  concat,
  encodeAbiParameters,
  keccak256,
  parseAbiParameters,
  parseEther,
  stringToHex,
  zeroAddress as ETH,
} from "viem";
import { accounts } from "../lib/accounts.mjs";
import { accessToken, payCredit, post, signGuarantee } from "./buyer.mjs";
import { chainClient } from "./chain_client.mjs";
import { up } from "./up.mjs";

const WORDS = parseAbiParameters("uint256, address, bytes32, address, address, uint256, uint8");
const ZEROS = `0x${"0".repeat(64)}`;
const HOUR = 3600;

export function clearingTests(box) {
  const { ann, bob, cid, dee, facilitator, operator } = accounts;
  const desk = clearingDesk(box);
  const { chain, house, issue, close, proofOf, actionOf, refused, usdc } = desk;

  async function looksCommitted({ cycle, cycle_id: id, asset, root }, total) {
    const seen = await house.read("getCycle", id);
    assert.equal(seen.asset.toLowerCase(), asset);
    assert.deepEqual([seen.totalNetDebit, seen.totalNetCredit], [total, total]);
    assert.deepEqual([seen.status, seen.merkleRoot], [1, root]);
    assert.equal(id, keccak256(stringToHex(cycle)));
  }

  async function paysDebit({ cycle, cycle_id: id, asset, root }, who, amount) {
    const proof = await proofOf(cycle, who);
    assert.deepEqual([proof.role, proof.net_debit], ["NET_DEBTOR", String(amount)]);
    desk.checkProof(proof, root);
    const leaf = [id, asset, who.address, amount, 0];
    assert.equal(proof.leaf, await house.read("participantLeaf", ...leaf));
    const action = await actionOf(cycle, who, "pay_net_debit");
    assert.deepEqual([action.contract_address, action.debtor], [house.address, null]);
    assert.equal(action.payable_value, asset === ETH ? String(amount) : "0");
    if (asset !== ETH) await usdc.send(who, "approve", [house.address, amount]);
    const before = await desk.held(house, asset);
    assert.deepEqual(await desk.act(who, action), [
      { eventName: "DebtorPaid", cycleId: id, debtor: who.address, amount },
    ]);
    assert.equal((await desk.held(house, asset)) - before, amount);
    assert.equal(await desk.refusedAct(who, action), `AlreadyPaid(${id},${who.address})`);
  }

  async function claimsCredit({ cycle, cycle_id: id, asset }, who, amount) {
    const action = await actionOf(cycle, who, "claim_net_credit");
    assert.deepEqual([action.amount, action.payable_value], [String(amount), "0"]);
    const before = await desk.held(house, asset); // ETH of the creditor pays gas as well
    assert.deepEqual(await desk.act(who, action), [
      { eventName: "CreditorClaimed", cycleId: id, creditor: who.address, amount },
    ]);
    assert.equal(before - (await desk.held(house, asset)), amount);
    assert.equal(await desk.refusedAct(who, action), `AlreadyClaimed(${id},${who.address})`);
  }

  suite("clearing", () => {
    beforeEach(() => box.reset());

    test("two payers, two sellers, token and ETH: from guarantees to the end", async () => {
      await box.ctl("fund", { address: ann.address, vault: { eth: "9000" } });
      await box.ctl("fund", { address: dee.address, vault: { eth: "9000" } });
      for (const asset of [box.usdc, ETH]) {
        await issue(ann, bob, asset, 5000n);
        await issue(ann, cid, asset, 700n);
        await issue(dee, bob, asset, 300n);
        await issue(dee, ann, asset, 200n);
      }
      const cycles = await close();
      assert.deepEqual(cycles.map(({ committed }) => committed), [true, true]);
      for (const cycle of cycles) {
        await looksCommitted(cycle, 6000n);
        await paysDebit(cycle, ann, 5500n);
        await paysDebit(cycle, dee, 500n);
        await claimsCredit(cycle, bob, 5300n);
        await claimsCredit(cycle, cid, 700n);
      }
      await box.ctl("chain", { increase_time: 5 * HOUR, mine: 1 });
      for (const { cycle_id: id } of cycles) {
        await house.send(cid, "finalizeCycle", [id]);
        assert.equal((await house.read("getCycle", id)).status, 2);
      }
      const told = await box.read("cycles");
      assert.deepEqual(told.map(({ status }) => status), ["FINALIZED", "FINALIZED"]);
      for (const who of [ann, dee])
        assert.equal((await box.read(`account?address=${who.address}`)).core_locked, "0");
      const guarantees = await box.read("guarantees");
      assert.deepEqual([...new Set(guarantees.map(({ status }) => status))], ["SETTLED"]);
    });

    test("a default is marked once, covered, claimed and finalized", async () => {
      await issue(ann, bob, box.usdc, 400n);
      await issue(dee, bob, box.usdc, 100n);
      const [{ cycle, cycle_id: id, final_at: finalAt }] = await close();
      await usdc.send(ann, "approve", [house.address, 400n]);
      await desk.act(ann, await actionOf(cycle, ann, "pay_net_debit"));
      assert.equal((await box.read(`account?address=${ann.address}`)).core_locked, "0");
      const claim = await actionOf(cycle, bob, "claim_net_credit");
      assert.equal(await desk.refusedAct(bob, claim), "ClaimExceedsFundedLiquidity(400,500)");
      const marking = await actionOf(cycle, dee, "mark_defaulted", cid);
      assert.deepEqual([marking.debtor, marking.function_name], [dee.address, "markDefaulted"]);
      const mark = [id, dee.address, 100n, marking.proof];
      assert.equal(await refused(cid, "markDefaulted", mark), `PaymentFinalityPending(${finalAt})`);
      await box.ctl("chain", { next_time: finalAt, mine: 1 });
      const latest = { tag: "latest" };
      assert.equal(await refused(cid, "markDefaulted", mark, latest), `PaymentFinalityPending(${finalAt})`);
      await box.ctl("chain", { next_time: finalAt + 1, mine: 1 });
      assert.equal(await refused(cid, "finalizeCycle", [id]), "CycleDebtUnresolved(400,500)");
      assert.equal((await house.send(cid, "markDefaulted", mark))[0].eventName, "DebtorDefaulted");
      assert.equal(await refused(cid, "markDefaulted", mark), `InvalidCycleStatus(${id},3)`);
      assert.equal(await refused(dee, "payNetDebit", [id, 100n, []]), `InvalidCycleStatus(${id},3)`);
      assert.equal(await refused(cid, "finalizeCycle", [id]), "CycleUnderfunded(400,500)");
      assert.equal((await box.read(`account?address=${dee.address}`)).core_locked, "100");
      assert.deepEqual(await box.ctl("cycle/cover", { cycle, debtor: dee.address }), { ok: true });
      assert.equal((await box.read(`account?address=${dee.address}`)).core_locked, "0");
      assert.equal(await refused(cid, "finalizeCycle", [id]), "CycleClaimsUnresolved(0,500)");
      await desk.act(bob, claim);
      await house.send(cid, "finalizeCycle", [id]);
      const statuses = (await box.read("guarantees")).map(({ status }) => status);
      assert.deepEqual(statuses, ["SETTLED", "DEFAULT_REMUNERATED"]);
    });

    test("two debtors in default: the second cannot be marked, the cycle never ends", async () => {
      await issue(ann, bob, box.usdc, 40n);
      await issue(dee, bob, box.usdc, 10n);
      const [{ cycle, cycle_id: id, final_at: finalAt }] = await close();
      await box.ctl("chain", { next_time: finalAt + 1, mine: 1 });
      const marks = await Promise.all(
        [ann, dee].map(async (who) => {
          const { amount, proof } = await actionOf(cycle, who, "mark_defaulted", bob);
          return [id, who.address, BigInt(amount), proof];
        }),
      );
      await house.send(cid, "markDefaulted", marks[0]);
      assert.equal(await refused(cid, "markDefaulted", marks[1]), `InvalidCycleStatus(${id},3)`);
      await box.ctl("cycle/cover", { cycle, debtor: ann.address, amount: "50" });
      await desk.act(bob, await actionOf(cycle, bob, "claim_net_credit"));
      assert.equal(await refused(cid, "finalizeCycle", [id]), "CycleDebtUnresolved(40,50)");
    });

    test("the deadline to pay is the last second that works", async () => {
      await issue(ann, bob, box.usdc, 40n);
      const [{ cycle, cycle_id: id, pay_by: payBy }] = await close();
      const { proof } = await actionOf(cycle, ann, "pay_net_debit");
      const latest = { tag: "latest" };
      await usdc.send(ann, "approve", [house.address, 40n]);
      const pay = (more) => refused(ann, "payNetDebit", [id, 40n, proof], { ...latest, ...more });
      for (const [time, expected] of [
        [payBy - 1, null],
        [payBy, null],
        [payBy + 1, `PaymentWindowElapsed(${payBy})`],
      ]) {
        await box.ctl("chain", { next_time: time, mine: 1 });
        assert.equal(await pay(), expected);
      }
    });

    test("the first failing check decides", async () => {
      await box.ctl("fund", { address: ann.address, vault: { eth: "9000" } });
      await issue(ann, bob, ETH, 40n);
      await issue(ann, bob, box.usdc, 40n);
      const [eth, token] = await close();
      const none = `0x${"42".repeat(32)}`;
      for (const [who, name, args] of [
        [ann, "payNetDebit", [none, 0n, []]],
        [bob, "claimNetCredit", [none, 0n, []]],
        [cid, "markDefaulted", [none, ann.address, 0n, []]],
        [cid, "finalizeCycle", [none]],
        [cid, "getCycle", [none]],
        [cid, "getParticipantState", [none, ann.address]],
      ])
        assert.equal(await refused(who, name, args), `CycleNotFound(${none})`);
      const [id, other] = [eth.cycle_id, token.cycle_id];
      assert.equal(await refused(ann, "payNetDebit", [id, 0n, []]), "AmountZero()");
      assert.equal(await refused(ann, "payNetDebit", [id, 41n, []]), "InvalidProof()");
      assert.equal(await refused(bob, "claimNetCredit", [id, 0n, []]), "AmountZero()");
      assert.equal(await refused(ann, "claimNetCredit", [id, 40n, []]), "InvalidProof()");
      const { proof } = await actionOf(eth.cycle, ann, "pay_net_debit");
      for (const value of [0n, 39n, 41n])
        assert.equal(
          await refused(ann, "payNetDebit", [id, 40n, proof], { value: `0x${value.toString(16)}` }),
          `ExactPaymentRequired(40,${value})`,
        );
      const tokenProof = (await actionOf(token.cycle, ann, "pay_net_debit")).proof;
      const pay = [other, 40n, tokenProof];
      assert.equal(await refused(ann, "payNetDebit", pay, { value: "0x1" }), "ExactPaymentRequired(0,1)");
      assert.match(await refused(ann, "payNetDebit", pay), /allowance/);
      const claim = (await actionOf(eth.cycle, bob, "claim_net_credit")).proof;
      await house.send(ann, "payNetDebit", [id, 40n, proof], { value: "0x28" });
      await box.ctl("chain", { no_receive: bob.address });
      assert.equal(
        await refused(bob, "claimNetCredit", [id, 40n, claim]),
        `NativeTransferFailed(${bob.address},40)`,
      );
      const commit = [id, ETH, none, 1n, 1n, 1n, 2n];
      const only = `AccessManagedUnauthorized(${ann.address})`;
      assert.equal(await refused(ann, "commitCycle", commit), only);
      assert.equal(await refused(ann, "settleDefaultFromCollateral", [id, ann.address, 1n, "0x"]), only);
      assert.equal(await refused(operator, "commitCycle", commit), `CycleAlreadyCommitted(${id})`);
      const fresh = [none, ETH, none, 1n, 1n, 1n, 2n];
      assert.equal(await refused(operator, "commitCycle", fresh.with(3, 0n)), "AmountZero()");
      assert.equal(await refused(operator, "commitCycle", fresh.with(6, 1n)), "InvalidDeadline()");
      assert.equal(await refused(operator, "commitCycle", fresh), null);
      for (const data of ["0x", "0x12345678"]) {
        const { error } = await chain.raw("eth_call", { to: house.address, data, value: "0x1" }, "latest");
        assert.equal(error.data, "0x");
      }
    });

    test("two leaves, odd numbers, and more", async () => {
      for (const sellers of [1, 2, 3, 4, 6]) {
        await box.reset();
        const recipients = Array.from({ length: sellers }, (_, i) => ({
          address: `0x${String(i + 1).padStart(40, "0")}`,
        }));
        for (const [i, who] of recipients.entries()) await issue(ann, who, box.usdc, BigInt(i + 1));
        const [{ cycle, cycle_id: id, participants }] = await close();
        assert.equal(participants.length, sellers + 1);
        const { merkleRoot } = await house.read("getCycle", id);
        for (const { participant, proof, leaf } of participants) {
          assert.equal(desk.fold(leaf, proof), merkleRoot, participant);
          const told = await proofOf(cycle, { address: participant }, facilitator);
          desk.checkProof(told, merkleRoot);
        }
      }
    });

    test("one leaf: the tree is the leaf, and its proof is empty", async () => {
      const id = keccak256(stringToHex("one leaf"));
      const leaf = await house.read("participantLeaf", id, box.usdc, ann.address, 40n, 0);
      const later = BigInt(Math.floor(Date.now() / 1000) + HOUR);
      const totals = [40n, 40n, later, later + 1n];
      await house.send(operator, "commitCycle", [id, box.usdc, leaf, ...totals]);
      await usdc.send(ann, "approve", [house.address, 40n]);
      const paid = await house.send(ann, "payNetDebit", [id, 40n, []]);
      assert.deepEqual(paid, [{ eventName: "DebtorPaid", cycleId: id, debtor: ann.address, amount: 40n }]);
    });

    test("nothing, all flat, and a pending guarantee are not committed", async () => {
      assert.deepEqual(await close(), []);
      await issue(ann, dee, box.usdc, 40n);
      await issue(dee, ann, box.usdc, 40n);
      const [flat] = await close();
      assert.deepEqual([flat.committed, flat.root, flat.status], [false, null, "FINALIZED"]);
      assert.match(await house.refusal(cid, "getCycle", [flat.cycle_id]), /^CycleNotFound/);
      const { status, value } = await desk.ask(`${desk.path(flat.cycle, ann)}/clearing-proof`, ann);
      assert.equal(status, 400);
      assert.equal(value.error, "flat participants do not have a clearing proof");
      assert.equal((await box.read(`account?address=${ann.address}`)).core_locked, "0");

      const { payload } = await payCredit(box.sellers.credit_v2_validated);
      const [pending] = await close();
      assert.notEqual(pending.cycle, flat.cycle);
      assert.deepEqual([pending.committed, pending.participants], [false, []]);
      const [{ status: waits, amount_hex: amount }] = (await box.read("guarantees")).slice(-1);
      assert.deepEqual([waits, amount], ["PENDING_VALIDATION", payload.claims.amount]);
      assert.notEqual((await box.read(`account?address=${ann.address}`)).core_locked, "0");
    });

    test("a validated guarantee is netted, a cancelled one frees what it locked", async () => {
      const first = await payCredit(box.sellers.credit_v2_validated);
      const second = await payCredit(box.sellers.credit_v2_validated);
      const id = ({ payload }) => payload.claims.req_id;
      await box.ctl("guarantee", { req_id: id(first), status: "FINALIZED_PAYABLE" });
      await box.ctl("guarantee", { req_id: id(second), status: "CANCELLED" });
      assert.equal((await box.read(`account?address=${ann.address}`)).core_locked, "10000");
      const [{ total_debit: debit }] = await close();
      assert.equal(debit, "10000");
    });

    test("who may ask, for what, and when", async () => {
      await issue(ann, bob, box.usdc, 40n);
      await issue(dee, ann, box.usdc, 1n);
      await issue(ann, dee, box.usdc, 1n);
      const [{ cycle }] = await box.read("cycles");
      const ask = async (who, query, by = who) => {
        const { status, value } = await desk.ask(`${desk.path(cycle, who)}/${query}`, by);
        return [status, value.error];
      };
      const proof = "clearing-proof";
      const action = (name) => `clearing-action?action=${name}`;
      assert.deepEqual(await ask(ann, proof), [400, `settlement cycle ${cycle} has no clearing batch`]);
      assert.deepEqual(await ask(cid, proof), [
        404,
        `Clearing participant ${cid.address} in settlement cycle ${cycle}`,
      ]);
      const [netted] = await close({ commit: false });
      assert.deepEqual([netted.status, netted.committed], ["NETTING_COMPUTED", false]);
      assert.equal((await ask(ann, proof))[0], 200);
      assert.match(await house.refusal(cid, "getCycle", [netted.cycle_id]), /^CycleNotFound/);
      assert.equal((await close())[0].status, "PAYMENT_WINDOW_OPEN");
      assert.deepEqual(await ask(dee, proof), [400, "flat participants do not have a clearing proof"]);
      assert.deepEqual(await ask(ann, action("claim_net_credit")), [
        400,
        "claimNetCredit requires participant role NetCreditor",
      ]);
      assert.deepEqual(await ask(bob, action("pay_net_debit")), [
        400,
        "payNetDebit requires participant role NetDebtor",
      ]);
      assert.deepEqual(await ask(ann, proof, bob), [401, "participant proof access denied"]);
      assert.deepEqual(await ask(ann, action("pay_net_debit"), bob), [
        401,
        "participant clearing action access denied",
      ]);
      assert.equal((await ask(ann, action("mark_defaulted"), bob))[0], 200);
      assert.equal((await ask(ann, action("pay_net_debit"), facilitator))[0], 200);
    });

    test("planted lies change what is netted, and only that", async () => {
      const debit = async (kind, more) => {
        await box.reset();
        const { claims } = await issue(ann, bob, box.usdc, 40n);
        await issue(ann, cid, box.usdc, 7n);
        const order = { kind, req_id: claims.req_id, ...more };
        if (kind) assert.ok((await box.ctl("cycle/plant", order)).claims);
        return (await close())[0].total_debit;
      };
      const parties = { user: ann.address, recipient: cid.address };
      assert.equal(await debit(null), "47");
      assert.equal(await debit("extra", { ...parties, amount: "5" }), "52");
      assert.equal(await debit("replay"), "87");
      assert.equal(await debit("missing"), "7");
      assert.equal(await debit("amount", { amount: "41" }), "48");
    });

    test("an answer lies in the one member that was asked for", async () => {
      await issue(ann, bob, box.usdc, 40n);
      await issue(ann, cid, box.usdc, 7n);
      const [{ cycle }] = await close();
      const proof = () => proofOf(cycle, ann);
      const action = () => actionOf(cycle, ann, "pay_net_debit");
      for (const read of [proof, action]) {
        const honest = await read();
        for (const name of Object.keys(honest)) {
          await box.fault("core", "tampered_clearing", { arg: name });
          const bent = await read();
          const changed = Object.keys(bent).filter(
            (member) => JSON.stringify(bent[member]) !== JSON.stringify(honest[member]),
          );
          assert.deepEqual(changed, [name]);
        }
        await box.fault("core", "tampered_clearing", { arg: { amount: "0x28", extra: 1 } });
        assert.deepEqual(await read(), { ...honest, amount: "0x28", extra: 1 });
      }
    });

    test("a replaced block takes a payment back", async () => {
      await issue(ann, bob, box.usdc, 40n);
      const [{ cycle }] = await close();
      const locked = async () => (await box.read(`account?address=${ann.address}`)).core_locked;
      await usdc.send(ann, "approve", [house.address, 40n]);
      await desk.act(ann, await actionOf(cycle, ann, "pay_net_debit"));
      assert.equal(await locked(), "0");
      await box.ctl("chain", { reorg: 1 });
      assert.equal(await locked(), "40");
    });

    test("by the clock: the fast profile nets and commits on its own", async () => {
      const fast = await up({ SANDBOX_PROFILE: "fast" });
      try {
        const quick = clearingDesk(fast);
        await quick.issue(ann, bob, fast.usdc, 40n);
        const [{ cycle, cycle_id: id, start }] = await fast.read("cycles");
        const { period, cutoff, commit, pay, final } = fast.cycle;
        assert.deepEqual([period, cutoff, commit, pay, final], [8, 1, 1, 6, 9]);
        const committed = start + period + cutoff + commit;
        for (;;) {
          const [{ status }] = await fast.read("cycles");
          if (status === "PAYMENT_WINDOW_OPEN") break;
          assert.ok(Date.now() / 1000 < committed + 3, status);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const seen = await quick.house.read("getCycle", id);
        assert.equal(Number(seen.paymentSubmissionDeadline), committed + pay);
        assert.equal(Number(seen.paymentFinalityDeadline), committed + final);
        quick.checkProof(await quick.proofOf(cycle, ann), seen.merkleRoot);
      } finally {
        assert.equal(await fast.end(), 0);
      }
    });
  });
}

/** What the tests do with a sandbox. */
function clearingDesk(box) {
  const chain = chainClient(box);
  const house = { ...chain.at("SandClearing", box.clearing_house), address: box.clearing_house };
  const usdc = chain.at("SandUSDC", box.usdc);
  const path = (cycle, { address }) => `/core/cycles/${cycle}/participants/${address}`;

  async function ask(route, by) {
    const headers = { authorization: `Bearer ${await accessToken(box.core, by)}` };
    const response = await fetch(box.core + route, { headers });
    return { status: response.status, value: await response.json() };
  }
  const answer = async (route, by) => {
    const { status, value } = await ask(route, by);
    assert.equal(status, 200, value.error);
    return value;
  };
  const fold = (leaf, proof) =>
    proof.reduce((a, b) => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a])), leaf);
  const callOf = ({ function_name: name, cycle_id: id, amount, proof, payable_value: value }) => [
    name,
    [id, BigInt(amount), proof],
    { value: `0x${BigInt(value).toString(16)}` },
  ];
  return {
    chain,
    house,
    usdc,
    path,
    ask,
    fold,
    async issue(payer, recipient, asset, amount) {
      const offer = { payTo: recipient.address, asset, amount };
      const request = await signGuarantee(offer, { payer });
      const token = await accessToken(box.core, accounts.facilitator);
      const headers = { authorization: `Bearer ${token}` };
      const response = await post(`${box.core}/core/guarantees`, request, headers);
      assert.equal(response.status, 200, await response.clone().text());
      return request;
    },
    close: (how = {}) => box.ctl("cycle/close", how),
    proofOf: (cycle, who, by = who) => answer(`${path(cycle, who)}/clearing-proof`, by),
    actionOf: (cycle, who, name, by = who) =>
      answer(`${path(cycle, who)}/clearing-action?action=${name}`, by),
    refused: (...args) => house.refusal(...args),
    act(who, action) {
      const [name, args, more] = callOf(action);
      return house.send(who, name, args, more);
    },
    refusedAct(who, action) {
      const [name, args, more] = callOf(action);
      return house.refusal(who, name, args, more);
    },
    async held(who, asset) {
      if (asset !== ETH) return usdc.read("balanceOf", who.address);
      return BigInt(await chain.rpc.call("eth_getBalance", who.address, "latest"));
    },
    /** The leaf from its seven words, and the root from the leaf. */
    checkProof(told, root) {
      const role = { NET_DEBTOR: 0, NET_CREDITOR: 1 }[told.role];
      const [id, who, amount] = [told.cycle_id, told.participant, BigInt(told.amount)];
      const words = [BigInt(box.chain_id), house.address, id, told.asset_address, who, amount, role];
      assert.equal(told.leaf, keccak256(encodeAbiParameters(WORDS, words)));
      assert.equal(fold(told.leaf, told.proof), root);
      assert.equal(told.merkle_root, root);
    },
  };
}
