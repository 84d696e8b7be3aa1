// Proves the sandbox itself. Run: ./node --test selftest.mjs
import assert from "node:assert/strict";
import { after } from "node:test";
import { authTests } from "./selftest/auth.test.mjs";
import { chainTests } from "./selftest/chain.test.mjs";
import { clearingTests } from "./selftest/clearing.test.mjs";
import { contractTests } from "./selftest/contracts.test.mjs";
import { coreTests } from "./selftest/core.test.mjs";
import { faultTests } from "./selftest/faults.test.mjs";
import { hostileTests } from "./selftest/hostile.test.mjs";
import { lifetimeTests } from "./selftest/lifetime.test.mjs";
import { networkTests } from "./selftest/network.test.mjs";
import { paymentTests } from "./selftest/payments.test.mjs";
import { up } from "./selftest/up.mjs";
import { vaultTests } from "./selftest/vault.test.mjs";
import { vectorTests } from "./selftest/vectors.test.mjs";

const box = await up();
console.log(`sandbox ready after ${box.startMs} ms`);

vectorTests();
contractTests();
paymentTests(box);
vaultTests(box);
chainTests(box);
coreTests(box);
clearingTests(box);
authTests(box);
faultTests(box);
hostileTests(box);
lifetimeTests();
networkTests();

after(async () => assert.equal(await box.end(), 0));
