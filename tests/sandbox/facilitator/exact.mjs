// Scheme `exact`: the public package settles for real on the local chain.
import { createWalletClient, http, publicActions } from "viem";
import { baseSepolia } from "viem/chains";
import { x402Facilitator } from "@x402/core/facilitator";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import { ExactEvmSchemeV1 } from "@x402/evm/exact/v1/facilitator";
import { accounts } from "../lib/accounts.mjs";
import { NETWORK, NETWORK_SHORT } from "../lib/config.mjs";
import { oneAtATime } from "../lib/one_at_a_time.mjs";

const POLL_MS = 20; // the local chain mines at once

export function exactFacilitator(rpcUrl) {
  const account = accounts.facilitator;
  const client = createWalletClient({
    account,
    chain: baseSepolia,
    transport: http(rpcUrl),
    pollingInterval: POLL_MS,
  }).extend(publicActions);
  const signer = toFacilitatorEvmSigner({ ...client, address: account.address });
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
