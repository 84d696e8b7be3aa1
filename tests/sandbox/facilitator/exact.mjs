// Scheme `exact`: the public package settles for real on the local chain.
import { setTimeout as sleep } from "node:timers/promises";
import { createWalletClient, http, publicActions } from "viem";
import { baseSepolia, sepolia } from "viem/chains";
import { x402Facilitator } from "@x402/core/facilitator";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import { ExactEvmSchemeV1 } from "@x402/evm/exact/v1/facilitator";
import { accounts } from "../lib/accounts.mjs";
import { CHAIN_ID, NETWORK, NETWORK_SHORT } from "../lib/config.mjs";
import { oneAtATime } from "../lib/one_at_a_time.mjs";

const POLL_MS = 20; // the local chain mines at once
const RECEIPT_MS = 30_000;

export function exactFacilitator(rpcUrl) {
  const account = accounts.facilitator;
  const client = createWalletClient({
    account,
    chain: [baseSepolia, sepolia].find(({ id }) => id === CHAIN_ID),
    transport: http(rpcUrl),
    pollingInterval: POLL_MS,
  }).extend(publicActions);
  const signer = toFacilitatorEvmSigner({
    ...client,
    address: account.address,
    waitForTransactionReceipt: ({ hash }) => receiptOf(client, hash),
  });
  const facilitator = new x402Facilitator()
    .register(NETWORK, new ExactEvmScheme(signer))
    .registerV1(NETWORK_SHORT, new ExactEvmSchemeV1(signer));
  return {
    supported: () => facilitator.getSupported(),
    verify: (request) => facilitator.verify(request.paymentPayload, request.paymentRequirements),
    // One account pays the gas of all: two at once would take the same nonce.
    settle: oneAtATime((request) =>
      facilitator.settle(request.paymentPayload, request.paymentRequirements),
    ),
  };
}

/**
 * The public client looks for a receipt once, then after every new block. Here the next block comes
 * with the next payment: a receipt that is there a moment after its block would never be seen.
 */
async function receiptOf(client, hash) {
  const end = Date.now() + RECEIPT_MS;
  for (;;)
    try {
      return await client.getTransactionReceipt({ hash });
    } catch (error) {
      if (error.name !== "TransactionReceiptNotFoundError" || Date.now() > end) throw error;
      await sleep(POLL_MS);
    }
}
