// Sign-in and tokens, and what may go wrong with them.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { accounts } from "../lib/accounts.mjs";
import { signIn } from "../lib/sign_in.mjs";
import { post } from "./buyer.mjs";

export function authTests(box) {
  const { ann } = accounts;
  const ask = async (path, body) => {
    const response = await post(box.core + path, body);
    return { status: response.status, ...(await response.json()) };
  };
  const tokens = () => signIn(ask, ann);
  const siwe = async () => (await ask("/auth/nonce", { address: ann.address })).siwe;
  const balance = async ({ access_token }) => {
    const headers = { authorization: `Bearer ${access_token}` };
    const url = `${box.core}/core/users/${ann.address}/assets/${box.usdc}`;
    const response = await fetch(url, { headers });
    return response.ok ? "ok" : `${response.status} ${(await response.json()).error}`;
  };

  suite("sign-in", () => {
    beforeEach(() => box.reset());

    test("refresh tokens form a chain, logout ends it", async () => {
      const first = await tokens();
      const second = await ask("/auth/refresh", first);
      assert.equal(await balance(second), "ok");
      assert.equal((await ask("/auth/refresh", first)).error, "refresh token already used");
      assert.equal((await ask("/auth/logout", second)).revoked, true);
      assert.equal((await ask("/auth/logout", second)).revoked, false);
      assert.equal((await ask("/auth/refresh", second)).error, "invalid refresh token");
      const unknown = { refresh_token: `refresh_${"0".repeat(64)}` };
      assert.equal((await ask("/auth/refresh", unknown)).status, 401);
    });

    test("short_tokens live as long as they say", async () => {
      await box.fault("core", "short_tokens");
      const short = await tokens();
      assert.equal(short.expires_in, 1);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      assert.equal(await balance(short), "401 invalid access token");
      const renewed = await ask("/auth/refresh", short);
      assert.deepEqual([renewed.expires_in, await balance(renewed)], [900, "ok"]);
    });

    test("refuse_refresh and refuse_access spare the token", async () => {
      const mine = await tokens();
      await box.fault("core", "refuse_refresh", { arg: "wallet role not active" });
      assert.equal((await ask("/auth/refresh", mine)).error, "wallet role not active");
      await box.fault("core", "refuse_access");
      assert.equal(await balance(mine), "401 invalid access token");
      assert.equal(await balance(mine), "ok");
      assert.equal((await ask("/auth/refresh", mine)).status, 200);
    });

    test("each siwe fault changes its own members once", async () => {
      const stable = ({ expiration, issuedAt, ...others }) => others;
      const honest = stable(await siwe());
      for (const [fault, member] of Object.entries({
        siwe_domain: "domain",
        siwe_uri: "uri",
        siwe_chain: "chainId",
        siwe_statement: "statement",
      })) {
        await box.fault("core", fault);
        const odd = stable(await siwe());
        assert.notEqual(odd[member], honest[member], fault);
        assert.deepEqual({ ...odd, [member]: honest[member] }, honest, fault);
      }
      await box.fault("core", "siwe_expiry");
      const late = await siwe();
      assert.ok(Date.parse(late.expiration) < Date.parse(late.issuedAt));
      await box.fault("core", "siwe_snake_case");
      const { chain_id, issued_at, chainId } = await siwe();
      assert.deepEqual([chain_id, chainId], [box.chain_id, undefined]);
      assert.ok(Date.parse(issued_at) > 0);
      assert.deepEqual(stable(await siwe()), honest);
    });

    test("Core insists on its own text, whatever it asked for", async () => {
      for (const [fault, text] of [
        ["siwe_domain", "siwe domain mismatch"],
        ["siwe_uri", "siwe uri mismatch"],
        ["siwe_chain", "invalid chain id"],
        ["siwe_expiry", "message expired"],
      ]) {
        await box.fault("core", fault);
        assert.equal((await tokens()).error, text);
      }
    });
  });

  suite("parameters of others", () => {
    beforeEach(() => box.reset());

    test("token_switch lies about the first token", async () => {
      const list = async () => (await fetch(`${box.core}/core/tokens`)).json();
      const honest = await list();
      assert.equal(honest.chain_id, box.chain_id);
      assert.deepEqual(honest.tokens[0], { symbol: "USDC", address: box.usdc, decimals: 6 });
      await box.fault("core", "token_switch");
      assert.equal((await list()).tokens[0].decimals, 18);
      await box.fault("core", "token_switch", { arg: { symbol: "DAI", decimals: 6 } });
      assert.equal((await list()).tokens[0].symbol, "DAI");
      assert.deepEqual(await list(), honest);
    });

    test("the facilitator's health and kinds", async () => {
      const get = async (path) => (await fetch(box.facilitator + path)).json();
      const honest = await get("/supported");
      assert.ok(honest.kinds.some(({ scheme }) => scheme === "4mica-credit"));
      await box.fault("facilitator", "kinds_switch", { arg: [honest.kinds[0]] });
      assert.deepEqual((await get("/supported")).kinds, [honest.kinds[0]]);
      assert.deepEqual(await get("/supported"), honest);
      await box.fault("facilitator", "health_fail");
      assert.equal((await get("/health")).status, "fail");
      await box.fault("facilitator", "http_503", { route: "/health" });
      assert.equal((await fetch(`${box.facilitator}/supported`)).status, 200);
      assert.equal((await fetch(`${box.facilitator}/health`)).status, 503);
      assert.equal((await get("/health")).status, "ok");
    });
  });
}
