// Every seller of the sandbox, by the name the tests use.
import { accounts } from "../lib/accounts.mjs";
import { CHAIN_ID } from "../lib/config.mjs";
import { startCreditV1 } from "./credit_v1.mjs";
import { startExactV1 } from "./exact_v1.mjs";
import { CREDIT_OFFER, EXACT_OFFER, startExpressSeller, validatedOffer } from "./express.mjs";
import { startHostile } from "./hostile/server.mjs";

const policy = (registry) => ({
  validationRegistryAddress: registry,
  validationChainId: CHAIN_ID,
  validatorAddress: accounts.operator.address,
  validatorAgentId: "42",
  minValidationScore: 80,
  jobHash: `0x${"4a".repeat(32)}`,
  requiredValidationTag: "hard-finality",
});

export async function startSellers(world, { core, facilitator, registry }) {
  const started = {
    exact_v2: startExpressSeller(world, "exact_v2", facilitator, [EXACT_OFFER]),
    credit_v2: startExpressSeller(world, "credit_v2", facilitator, [CREDIT_OFFER]),
    dual_v2: startExpressSeller(world, "dual_v2", facilitator, [CREDIT_OFFER, EXACT_OFFER]),
    credit_v2_validated: startExpressSeller(world, "credit_v2_validated", facilitator, [
      validatedOffer(policy(registry)),
    ]),
    credit_v1: startCreditV1(world, core),
    exact_v1: startExactV1(world, facilitator),
    hostile: startHostile(world, { core, facilitator }),
  };
  const urls = await Promise.all(Object.values(started));
  return Object.fromEntries(Object.keys(started).map((name, i) => [name, urls[i]]));
}
