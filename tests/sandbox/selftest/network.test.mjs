// The other network, the other profile: the same sandbox under other numbers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ROOT } from "../lib/config.mjs";
import { chainClient } from "./chain_client.mjs";
import { up } from "./up.mjs";

const SEPOLIA_USDC = "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238";

export function networkTests() {
  suite("network and profile", () => {
    test("Ethereum Sepolia, fast", async () => {
      const box = await up({ SANDBOX_CHAIN_ID: "11155111", SANDBOX_PROFILE: "fast" });
      try {
        assert.deepEqual(
          [box.chain_id, box.usdc, box.profile],
          [11155111, SEPOLIA_USDC, "fast"],
        );
        const { rpc, vault } = chainClient(box);
        assert.equal(await rpc.call("eth_chainId"), "0xaa36a7");
        assert.equal(await vault.read("withdrawalGracePeriod"), 4n);
        const params = await (await fetch(`${box.core}/core/public-params`)).json();
        assert.equal(params.chain_id, 11155111);
        const { kinds } = await (await fetch(`${box.facilitator}/supported`)).json();
        const networks = new Set(kinds.map(({ network }) => network));
        assert.deepEqual([...networks].sort(), ["eip155:11155111", "sepolia"]);
        for (const name of ["exact_v2", "credit_v1", "exact_v1"])
          assert.equal((await fetch(box.sellers[name])).status, 402);
        const { core_total } = await box.read(`account?address=${box.accounts.ann.address}`);
        assert.equal(core_total, "1000000000");
      } finally {
        assert.equal(await box.end(), 0);
      }
    });

    test("a network nobody knows is named, and nothing starts", () => {
      const env = { ...process.env, SANDBOX_CHAIN_ID: "1" };
      const { status, stderr, stdout } = spawnSync(join(ROOT, "up"), { env });
      assert.equal(status, 69);
      assert.match(String(stderr), /^sandbox: SANDBOX_CHAIN_ID is one of [0-9, ]+, not 1\n$/);
      assert.equal(String(stdout), "");
    });
  });
}
