// The unfaulted results: every seller can be paid, and Core keeps count.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { accounts } from "../lib/accounts.mjs";
import { sha256 } from "../lib/hash.mjs";
import { certificateDomain } from "../core/certificate.mjs";
import { pseudoRandom } from "../sellers/bytes.mjs";
import { accessToken, challengeOf, exactFetch, payCredit, post, signGuarantee } from "./buyer.mjs";
import { decodeV1, isSigned } from "./certificate.mjs";

export function paymentTests(box) {
  suite("payments", () => {
    beforeEach(() => box.reset());

    test("exact_v2 is paid by the public client and moves tokens", async () => {
      const before = await balance(box, accounts.bob.address);
      const response = await exactFetch(box.sellers.exact_v2);
      assert.equal(response.status, 200);
      assert.equal((await balance(box, accounts.bob.address)) - before, 10000n);
    });

    test("exact_v2 sees the body of a paid POST, and another price", async () => {
      const body = "resend me";
      const response = await exactFetch(`${box.sellers.exact_v2}?amount=25000`, {
        method: "POST",
        body,
      });
      const goods = await response.json();
      assert.equal(goods.body_sha256, sha256(body));
      assert.equal(await balance(box, accounts.bob.address), 25000n);
    });

    test("exact_v1 is paid by the public client", async () => {
      const response = await exactFetch(box.sellers.exact_v1, { method: "POST", body: "v1" });
      assert.equal((await response.json()).body_sha256, sha256("v1"));
      assert.equal(await balance(box, accounts.bob.address), 10000n);
    });

    test("exact_v1 offers the classic form and refuses an unreadable payment", async () => {
      const challenge = await challengeOf(box.sellers.exact_v1);
      assert.equal(challenge.x402Version, 1);
      assert.equal(challenge.accepts[0].maxAmountRequired, "10000");
      const refused = await fetch(box.sellers.exact_v1, { headers: { "x-payment": "!" } });
      assert.equal(refused.status, 400);
    });

    for (const seller of ["credit_v1", "credit_v2", "dual_v2"]) {
      for (const scheme of ["eip712", "eip191"]) {
        test(`${seller} takes a ${scheme} guarantee`, async () => {
          const paid = await payCredit(box.sellers[seller], { scheme });
          assert.equal(paid.response.status, 200);
          checkV1(box, paid);
          assert.equal(
            (await box.read(`account?address=${accounts.ann.address}`)).core_locked,
            "10000",
          );
        });
      }
    }

    test("credit_v2_validated takes a version 2 guarantee", async () => {
      const { response, certificate, payload } = await payCredit(box.sellers.credit_v2_validated);
      assert.equal(response.status, 200);
      assert.equal(payload.claims.version, "v2");
      assert.equal(certificate.claims.length, 2 + 2 * 768);
      assert.ok(isSigned(box.bls_public_key, certificate));
    });

    test("binary goods can be made again", async () => {
      const url = box.sellers.credit_v2.replace("/paid", "/binary?bytes=100000");
      const { response } = await payCredit(url);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), pseudoRandom(100000));
    });

    test("credit sellers see the body of a paid POST", async () => {
      for (const seller of ["credit_v1", "credit_v2"]) {
        const { response } = await payCredit(box.sellers[seller], {
          init: { method: "POST", body: "abc" },
        });
        assert.equal((await response.json()).body_sha256, sha256("abc"));
      }
    });

    test("the tab endpoint of credit_v1 gives fresh ids", async () => {
      const { accepts } = await challengeOf(box.sellers.credit_v1);
      const ask = async () =>
        (await post(accepts[0].extra.tabEndpoint, { userAddress: "0xabc" })).json();
      const [first, second] = [await ask(), await ask()];
      assert.equal(first.userAddress, "0xabc");
      assert.notEqual(first.nextReqId, second.nextReqId);
    });

    test("the journal counts payments and knows who asked", async () => {
      const { payload } = await payCredit(box.sellers.credit_v2);
      const guarantees = (await box.read("log?service=core")).filter((entry) => entry.guarantee);
      assert.equal(guarantees.length, 1);
      assert.equal(guarantees[0].guarantee.result, "issued");
      assert.equal(guarantees[0].guarantee.signature, payload.signature);
      assert.equal(guarantees[0].caller, accounts.facilitator.address.toLowerCase());
      const paid = (await box.read("log?path=/paid")).filter(
        (entry) => entry.payments["payment-signature"],
      );
      assert.equal(paid.length, 1);
    });

    test("payments at the same time are all counted", async () => {
      const times = (pay) => Promise.all(Array.from({ length: 12 }, pay));
      await times(() => exactFetch(box.sellers.exact_v2));
      await times(() => payCredit(box.sellers.credit_v2));
      assert.equal(await balance(box, accounts.bob.address), 120000n);
      assert.equal((await box.read("guarantees")).length, 12);
    });

    test("free goods cost nothing", async () => {
      for (const seller of ["exact_v2", "credit_v1", "exact_v1"]) {
        assert.equal((await fetch(box.sellers[seller].replace("/paid", "/free"))).status, 200);
      }
    });

    test("every seller is in good health", async () => {
      for (const url of Object.values(box.sellers)) {
        assert.equal((await fetch(new URL("/healthz", url))).status, 200);
      }
    });
  });

  suite("Core refuses", () => {
    beforeEach(() => box.reset());
    const refusals = {
      "a stranger": [{ payer: accounts.cid }, "user not registered"],
      "a future timestamp": [
        { change: { timestamp: Math.floor(Date.now() / 1000) + 3600 } },
        "timestamp is in the future",
      ],
    };
    for (const [name, [options, text]] of Object.entries(refusals)) {
      test(name, async () => assert.equal(await refusalOf(box.sellers.credit_v1, options), text));
    }

    test("the same request twice", async () => {
      const { payload } = await payCredit(box.sellers.credit_v1);
      const text = await refusalOf(box.sellers.credit_v1, { payload });
      assert.equal(
        text,
        `another guarantee with req_id ${BigInt(payload.claims.req_id)} already exists`,
      );
    });

    test("more than the free collateral", async () => {
      const url = `${box.sellers.credit_v1}?amount=1000000001`;
      assert.equal(await refusalOf(url), "Not enough free collateral");
    });

    test("a changed signature", async () => {
      const { accepts } = await challengeOf(box.sellers.credit_v1);
      const payload = await signGuarantee(accepts[0]);
      payload.claims.timestamp -= 1;
      assert.equal(await refusalOf(box.sellers.credit_v1, { payload }), "Invalid signature");
    });

    test("a suspended payer", async () => {
      await box.ctl("suspend", { user: accounts.ann.address });
      assert.equal(await refusalOf(box.sellers.credit_v1), "user suspended");
    });

    test("nobody after being funded", async () => {
      await box.ctl("fund", { address: accounts.cid.address, usdc: "7", credit: "20000" });
      const { response } = await payCredit(box.sellers.credit_v1, { payer: accounts.cid });
      assert.equal(response.status, 200);
      assert.equal(await balance(box, accounts.cid.address), 7n);
    });

    test("callers without authority, in words a client must know", async () => {
      const { accepts } = await challengeOf(box.sellers.credit_v1);
      const request = await signGuarantee(accepts[0]);
      const ask = async (account) => {
        const authorization = account && `Bearer ${await accessToken(box.core, account)}`;
        const response = await post(
          `${box.core}/core/guarantees`,
          request,
          authorization && { authorization },
        );
        return `${response.status} ${(await response.json()).error}`;
      };
      assert.equal(await ask(null), "401 missing authorization");
      assert.equal(await ask(accounts.ann), "401 missing scope");
      await box.ctl("authority", {
        address: accounts.ann.address,
        scopes: ["tab:read", "guarantee:issue"],
      });
      const mismatch =
        "401 recipient address does not match token subject and role is not facilitator";
      assert.equal(await ask(accounts.ann), mismatch);
    });
  });
}

function checkV1(box, { certificate, payload }) {
  assert.ok(isSigned(box.bls_public_key, certificate));
  const decoded = decodeV1(certificate);
  const { claims } = payload;
  assert.equal(decoded.bytes, 384);
  assert.equal(decoded.domain, certificateDomain(1, box.chain_id, box.vault));
  assert.equal(decoded.user, claims.user_address);
  assert.equal(decoded.recipient, claims.recipient_address);
  assert.equal(decoded.asset, claims.asset_address);
  assert.equal(decoded.amount, BigInt(claims.amount));
  assert.equal(decoded.reqId, BigInt(claims.req_id));
  assert.equal(decoded.timestamp, BigInt(claims.timestamp));
  assert.equal(decoded.version, 1n);
}

async function refusalOf(url, options) {
  const { response } = await payCredit(url, options);
  assert.equal(response.status, 402);
  return (await response.json()).error;
}

async function balance(box, address) {
  return BigInt((await box.read(`account?address=${address}`)).usdc);
}
