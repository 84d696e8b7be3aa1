// 402 in answer to a payment: other terms, refusals, doubt.
import { accounts } from "../../lib/accounts.mjs";
import { encodeHeader } from "../header.mjs";
import { challengeAnswer, receiptHeader } from "./offer.mjs";
import { ESCAPES } from "./texts.mjs";
import { answer } from "./wire.mjs";

const requote = (about, change, settles = false) => ({
  about,
  settles,
  act: ({ socket, challenge }) => {
    const copy = structuredClone(challenge);
    change(copy.accepts[0], copy);
    socket.end(challengeAnswer(copy));
  },
});

const refusal = (about, receipt) => ({
  about,
  settles: false,
  act: ({ socket, challenge }) => {
    const header = [
      receiptHeader(challenge.x402Version),
      encodeHeader({ success: false, network: challenge.accepts[0].network, ...receipt }),
    ];
    socket.end(answer(402, {}, [header]));
  },
});

const twice = (amount) => String(BigInt(amount) * 2n);

export const REQUOTES = {
  "402_after_pay": requote("takes the payment, asks again", () => {}, true),
  rejected: {
    about: "refuses with a reason, same terms; ?words= are the reason",
    settles: false,
    act: ({ socket, challenge, request }) => {
      const error = request.query.get("words") ?? "invalid_payload";
      socket.end(challengeAnswer({ ...challenge, error }));
    },
  },
  rejected_stale: requote("refuses: authorization expired", (_, challenge) => {
    challenge.error = "invalid_exact_evm_payload_authorization_valid_before";
  }),
  rejected_control: requote(
    "refuses with escape sequences",
    (_, challenge) => (challenge.error = ESCAPES),
  ),
  price_change: requote(
    "asks for twice the price",
    (offer) => (offer.amount = twice(offer.amount)),
  ),
  payto_change: requote(
    "asks for another recipient",
    (offer) => (offer.payTo = accounts.cid.address),
  ),
  asset_change: requote("asks for another asset", (offer) => (offer.asset = accounts.cid.address)),
  network_change: requote("asks on another network", (offer) => (offer.network = "eip155:8453")),
  scheme_change: requote("asks for another scheme", (offer) => (offer.scheme = "upto")),
  settle_failed: refusal("402 with a failed receipt", {
    transaction: "",
    errorReason: "insufficient_funds",
  }),
  settle_pending: refusal("402 with a pending receipt", {
    transaction: "",
    errorReason: "settlement_pending",
  }),
  settlement_in_doubt: {
    about: "takes the payment, then 402 `Settlement failed` without a challenge",
    settles: true,
    act: ({ socket }) =>
      socket.end(answer(402, { error: "Settlement failed", details: "facilitator timed out" })),
  },
  price_flip: {
    about: "every second unpaid answer costs twice as much",
    phase: "unpaid",
    act: ({ socket, challenge, memory }) => {
      const [offer] = challenge.accepts;
      if (memory.flips++ % 2) offer.amount = twice(offer.amount);
      socket.end(challengeAnswer(challenge));
    },
  },
};
