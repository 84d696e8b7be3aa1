// Each fault does what its name says, once, and then the sandbox is honest again.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { CATALOGUE } from "../lib/faults.mjs";
import { accessToken, payCredit, post } from "./buyer.mjs";
import { decodeV1, isSigned } from "./certificate.mjs";
import { certificateDomain } from "../core/certificate.mjs";
import { accounts } from "../lib/accounts.mjs";

const ROUTE = "/core/guarantees";
const CHANGED_FIELD = {
  tampered_amount: "amount",
  tampered_recipient: "recipient",
  tampered_asset: "asset",
  tampered_client: "user",
  tampered_reqid: "reqId",
  old_timestamp: "timestamp",
  wrong_domain: "domain",
  wrong_version: "version",
};
const BROKEN_SIGNATURE = ["bad_cert_sig", "bad_cert_point", "wrong_key", "no_hex"];

export function faultTests(box) {
  const payV1 = () => payCredit(box.sellers.credit_v1);
  const count = async () => (await box.read("guarantees")).length;

  suite("certificate faults", () => {
    beforeEach(() => box.reset());

    for (const [fault, field] of Object.entries(CHANGED_FIELD)) {
      test(`${fault} changes ${field} under a good signature`, async () => {
        const honest = decodeV1((await payV1()).certificate);
        await box.fault("core", fault);
        const { certificate, payload } = await payV1();
        assert.ok(isSigned(box.bls_public_key, certificate));
        const expected = {
          ...honest,
          reqId: BigInt(payload.claims.req_id),
          timestamp: BigInt(payload.claims.timestamp),
        };
        const decoded = decodeV1(certificate);
        const differing = Object.keys(expected).filter((name) => expected[name] !== decoded[name]);
        assert.deepEqual(differing, [field]);
      });
    }

    for (const fault of BROKEN_SIGNATURE) {
      test(`${fault} does not verify, the next one does`, async () => {
        await box.fault("core", fault);
        assert.ok(!isSigned(box.bls_public_key, (await payV1()).certificate));
        assert.ok(isSigned(box.bls_public_key, (await payV1()).certificate));
      });
    }

    test("ten_words is the old layout, well signed", async () => {
      await box.fault("core", "ten_words");
      const { certificate } = await payV1();
      assert.equal(decodeV1(certificate).bytes, 384 + 32);
      assert.ok(isSigned(box.bls_public_key, certificate));
    });

    test("the facilitator notices, unless told not to look", async () => {
      await box.fault("core", "tampered_amount", { times: 2 });
      assert.equal((await payCredit(box.sellers.credit_v2)).response.status, 402);
      await box.fault("facilitator", "pass_unverified");
      const { response, certificate } = await payCredit(box.sellers.credit_v2);
      assert.equal(response.status, 200);
      assert.equal(decodeV1(certificate).amount, 10001n);
    });
  });

  suite("Core faults", () => {
    beforeEach(() => box.reset());

    const lost = {
      drop_after_accept: 1,
      http_500_after: 1,
      drop_before_accept: 0,
      http_500: 0,
      http_503: 0,
      http_429: 0,
    };
    for (const [fault, issued] of Object.entries(lost)) {
      test(`${fault} leaves ${issued} guarantees`, async () => {
        await box.fault("core", fault, { route: ROUTE });
        assert.notEqual((await payV1()).response.status, 200);
        assert.equal(await count(), issued);
        assert.equal((await payV1()).response.status, 200);
      });
    }

    test("delay answers late, with the effect", async () => {
      await box.fault("core", "delay", { route: ROUTE, arg: 400 });
      const began = performance.now();
      assert.equal((await payV1()).response.status, 200);
      assert.ok(performance.now() - began >= 400);
    });

    test("duplicate_409 changes the status only", async () => {
      const { payload } = await payV1();
      const bob = { authorization: `Bearer ${await accessToken(box.core, accounts.bob)}` };
      const again = () => post(`${box.core}${ROUTE}`, payload, bob);
      const honest = await again();
      await box.fault("core", "duplicate_409");
      const other = await again();
      assert.deepEqual([honest.status, other.status], [400, 409]);
      assert.deepEqual(await honest.json(), await other.json());
    });

    test("the switches bend the parameters once", async () => {
      const params = async () => (await fetch(`${box.core}/core/public-params`)).json();
      const honest = await params();
      for (const [fault, member] of [
        ["key_switch", "public_key"],
        ["key_no_point", "public_key"],
        ["vault_switch", "contract_address"],
        ["domain_switch", "active_guarantee_domain_separator"],
        ["params_switch", "eip712_version"],
        ["chain_switch", "chain_id"],
        ["no_domain_name", "eip712_name"],
      ]) {
        await box.fault("core", fault);
        assert.notDeepEqual((await params())[member], honest[member]);
        assert.deepEqual(await params(), honest);
      }
    });

    test("version_switch takes the highest version's domain along", async () => {
      await box.fault("core", "version_switch", { times: 2 });
      const params = async () => (await fetch(`${box.core}/core/public-params`)).json();
      const one = await params();
      assert.deepEqual(one.accepted_guarantee_versions, [1]);
      assert.equal(one.max_accepted_guarantee_version, 1);
      assert.equal(
        one.active_guarantee_domain_separator,
        certificateDomain(1, box.chain_id, box.vault),
      );
      assert.deepEqual(await params(), one);
      assert.deepEqual((await params()).accepted_guarantee_versions, [1, 2]);
    });

    test("clock_skew makes now the future", async () => {
      await box.fault("core", "clock_skew", { times: 0 });
      const { response } = await payV1();
      assert.equal((await response.json()).error, "timestamp is in the future");
    });

    test("an unknown fault is refused", async () => {
      assert.match((await box.fault("core", "gremlin")).error, /unknown fault/);
      assert.match((await box.fault("kitchen", "delay")).error, /unknown fault/);
    });
  });

  suite("facilitator and seller faults", () => {
    beforeEach(() => box.reset());

    test("settle_real_shape leaves the buyer in doubt after the effect", async () => {
      await box.fault("facilitator", "settle_real_shape");
      assert.equal((await payCredit(box.sellers.credit_v2)).response.status, 502);
      assert.equal(await count(), 1);
    });

    test("refuse_settle gives the reason in the receipt", async () => {
      await box.fault("facilitator", "refuse_settle", { arg: "no trade today" });
      const { response, receipt } = await payCredit(box.sellers.credit_v2);
      assert.equal(response.status, 402);
      assert.equal(receipt.errorReason, "no trade today");
    });

    test("a seller drops the answer to a paid request", async () => {
      await box.fault("seller/credit_v2", "drop_after_accept", { paid: true });
      await assert.rejects(payCredit(box.sellers.credit_v2));
      assert.equal(await count(), 1);
      assert.equal((await payCredit(box.sellers.credit_v2)).response.status, 200);
    });
  });

  suite("RPC faults", () => {
    beforeEach(() => box.reset());
    const rpc = async (method, ...params) => {
      const response = await post(box.rpc, { jsonrpc: "2.0", id: 1, method, params });
      return response.ok ? response.json() : response.status;
    };

    test("each bends one answer", async () => {
      assert.equal((await rpc("eth_chainId")).result, "0x14a34");
      await box.fault("rpc", "rpc_wrong_chain");
      assert.equal((await rpc("eth_chainId")).result, "0x2105");
      await box.fault("rpc", "rpc_error", { route: "eth_chainId", arg: "boom" });
      assert.equal(typeof (await rpc("eth_blockNumber")).result, "string");
      assert.deepEqual((await rpc("eth_chainId")).error, { code: -32000, message: "boom" });
      await box.fault("rpc", "http_429");
      assert.equal(await rpc("eth_chainId"), 429);
      await box.fault("rpc", "no_code");
      assert.equal((await rpc("eth_getCode", box.usdc, "latest")).result, "0x");
      assert.notEqual((await rpc("eth_getCode", box.usdc, "latest")).result, "0x");
    });
  });

  test("every fault of the catalogue is described", () => {
    for (const faults of Object.values(CATALOGUE)) {
      for (const about of Object.values(faults)) assert.ok(about.length > 3);
    }
  });
}
