// The hostile seller: honest except for the one fault in the path.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { challengeOf, decodeHeader, exactFetch, payCredit } from "./buyer.mjs";
import { isSigned } from "./certificate.mjs";

export function hostileTests(box) {
  const url = (route) => `${box.sellers.hostile}/${route}`;
  const pay = (route) => payCredit(url(route));
  const issued = async () => (await box.read("guarantees")).length;

  suite("hostile seller", () => {
    beforeEach(() => box.reset());

    test("good is honest in both versions", async () => {
      for (const route of ["good", "good?x402=1"]) {
        const { response, certificate } = await pay(route);
        assert.equal(response.status, 200);
        assert.ok(isSigned(box.bls_public_key, certificate));
      }
    });

    test("good is honest for exact as well", async () => {
      const response = await exactFetch(url("good?scheme=exact"));
      assert.equal(response.status, 200);
      assert.equal(decodeHeader(response.headers.get("payment-response")).success, true);
    });

    const statuses = {
      http_500: 0,
      "http_500?settle=1": 1,
      http_429: 0,
      "402_after_pay": 1,
      price_change: 0,
      settlement_in_doubt: 1,
      paid_not_served: 1,
    };
    for (const [route, effects] of Object.entries(statuses)) {
      test(`${route} answers badly, ${effects} issued`, async () => {
        assert.notEqual((await pay(route)).response.status, 200);
        assert.equal(await issued(), effects);
      });
    }

    for (const [route, effects] of Object.entries({
      drop_before_settle: 0,
      drop_after_settle: 1,
      reset_after_settle: 1,
    })) {
      test(`${route} hangs up, ${effects} issued`, async () => {
        await assert.rejects(pay(route));
        assert.equal(await issued(), effects);
      });
    }

    for (const status of [302, 307, 308]) {
      test(`redirect_other_host by ${status} leaves the origin`, async () => {
        const { response } = await pay(`redirect_other_host?status=${status}`);
        assert.equal(response.status, status);
        assert.match(response.headers.get("location"), /^http:\/\/localhost:\d+\/good$/);
      });
    }

    test("receipts are spoiled one way each", async () => {
      assert.equal((await pay("free_after_pay")).receipt, null);
      assert.equal((await pay("bad_receipt_failure")).receipt.success, false);
      assert.equal((await pay("bad_receipt_no_certificate")).certificate, undefined);
      assert.ok(!isSigned(box.bls_public_key, (await pay("bad_receipt_signature")).certificate));
      const other = await pay("bad_receipt_other_payment");
      assert.ok(isSigned(box.bls_public_key, other.certificate));
      const reqId = BigInt(other.payload.claims.req_id);
      assert.ok(!other.certificate.claims.includes(reqId.toString(16).padStart(64, "0")));
    });

    test("challenges are spoiled one way each", async () => {
      const offer = async (route) => (await challengeOf(url(route))).accepts[0];
      assert.equal((await offer("bad_402_negative_amount")).amount, "-1");
      assert.equal((await offer("good")).amount, "10000");
      assert.equal((await offer("oversized_402_accepts")).scheme, "other");
      const prices = [await offer("price_flip"), await offer("price_flip")].map(
        ({ amount }) => amount,
      );
      assert.deepEqual(prices, ["10000", "20000"]);
      const { headers } = await fetch(url("bad_402_duplicate_keys"));
      const raw = Buffer.from(headers.get("payment-required"), "base64").toString();
      assert.match(raw, /"payTo":.*"p\\u0061yTo":/);
      assert.equal(decodeHeader(headers.get("payment-required")).x402Version, 2);
    });

    test("every listed route answers an unpaid request with 402 or its fault", async () => {
      const routes = Object.keys(await (await fetch(box.sellers.hostile)).json());
      for (const route of routes.filter((name) => !name.startsWith("oversized"))) {
        const response = await fetch(url(route));
        assert.equal(response.status, 402, route);
        await response.body.cancel();
      }
    });
  });
}
