// Challenges no client should believe: too large, broken, or a trap.
import { accounts } from "../../lib/accounts.mjs";
import { NETWORK } from "../../lib/config.mjs";
import { encodeHeader } from "../header.mjs";
import { challengeAnswer } from "./offer.mjs";
import { ESCAPES } from "./texts.mjs";
import { answer, head, pour } from "./wire.mjs";

const unpaid = (about, act) => ({ about, phase: "unpaid", act });

/** The honest challenge with one thing changed. */
const changed = (about, change) =>
  unpaid(about, ({ socket, challenge, place }) => {
    change(challenge.accepts[0], challenge, place);
    socket.end(challengeAnswer(challenge));
  });

/** A header value that is not what it should be. */
const header = (about, value) =>
  unpaid(about, ({ socket, challenge }) =>
    socket.end(answer(402, {}, [["PAYMENT-REQUIRED", value(challenge)]])),
  );

/** Any text in place of the challenge's JSON, in header and body alike. */
const text = (about, make) =>
  unpaid(about, ({ socket, challenge }) => {
    const json = make(challenge);
    socket.end(answer(402, json, [["PAYMENT-REQUIRED", Buffer.from(json).toString("base64")]]));
  });

const OVERSIZED = {
  oversized_402_header: header("a challenge header of 1 MB", (challenge) =>
    encodeHeader({ ...challenge, extensions: { filler: "f".repeat(750_000) } }),
  ),
  oversized_402_body: unpaid("a body of 100 MB, no header", async ({ socket, challenge }) => {
    socket.write(head(402, [["content-type", "application/json"]]));
    socket.write(`${JSON.stringify({ ...challenge, x402Version: 1 }).slice(0, -1)},"filler":"`);
    await pour(socket, Buffer.alloc(65536, "f"), 100 << 20);
    socket.end('"}');
  }),
  oversized_402_accepts: unpaid("100000 offers in the body", ({ socket, challenge }) => {
    const accepts = Array(100_000).fill({ ...challenge.accepts[0], scheme: "other" });
    socket.end(answer(402, { ...challenge, x402Version: 1, accepts }));
  }),
  oversized_402_nesting: text("extra nested 20000 deep", (challenge) => {
    const json = JSON.stringify(challenge);
    return `${json.slice(0, -1)},"deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  }),
};

const BROKEN = {
  bad_402_base64: header("header is not base64", () => "%%%not base64%%%"),
  bad_402_json: header("header is base64 of no JSON", () =>
    Buffer.from('{"x402Version":2,').toString("base64"),
  ),
  bad_402_not_x402: unpaid("402 without anything", ({ socket }) =>
    socket.end(answer(402, { error: "pay me" })),
  ),
  bad_402_duplicate_keys: text("payTo twice, the second by escape", (challenge) =>
    JSON.stringify(challenge).replace(
      '"payTo":',
      `"payTo":"${accounts.cid.address}","p\\u0061yTo":`,
    ),
  ),
  bad_402_types: changed("members of wrong types", (offer) =>
    Object.assign(offer, {
      amount: { value: 1 },
      payTo: 7,
      asset: null,
      network: [NETWORK],
    }),
  ),
  bad_402_negative_amount: changed("amount -1", (offer) => (offer.amount = "-1")),
  bad_402_zero_amount: changed("amount 0", (offer) => (offer.amount = "0")),
  bad_402_long_amount: changed(
    "amount above 256 bits, 78 digits",
    (offer) => (offer.amount = "9".repeat(78)),
  ),
  bad_402_float_amount: changed("amount 0.01", (offer) => (offer.amount = "0.01")),
  bad_402_leading_zero: changed("amount 010000", (offer) => (offer.amount = "010000")),
  bad_402_two_prices: changed(
    "amount and maxAmountRequired differ",
    (offer) => (offer.maxAmountRequired = "1"),
  ),
  bad_402_mixed: unpaid(
    "version 2 header and version 1 body, other terms",
    ({ socket, challenge }) => {
      const body = {
        ...challenge,
        x402Version: 1,
        accepts: [{ ...challenge.accepts[0], amount: "1" }],
      };
      socket.end(answer(402, body, [["PAYMENT-REQUIRED", encodeHeader(challenge)]]));
    },
  ),
  bad_402_two_headers: unpaid("two challenge headers that differ", ({ socket, challenge }) => {
    const other = { ...challenge, accepts: [{ ...challenge.accepts[0], amount: "1" }] };
    const values = [challenge, other].map((value) => ["PAYMENT-REQUIRED", encodeHeader(value)]);
    socket.end(answer(402, {}, values));
  }),
  bad_402_version: changed("x402Version 3", (_, challenge) => (challenge.x402Version = 3)),
  bad_402_empty_accepts: changed("no offer at all", (_, challenge) => (challenge.accepts = [])),
  bad_402_network: changed("a network nobody knows", (offer) => (offer.network = "eip155:999999")),
  bad_402_scheme: changed("a scheme nobody knows", (offer) => (offer.scheme = "barter")),
  bad_402_asset: changed("an asset nobody knows", (offer) => (offer.asset = accounts.cid.address)),
  bad_402_zero_payto: changed(
    "payTo is the zero address",
    (offer) => (offer.payTo = `0x${"0".repeat(40)}`),
  ),
  bad_402_window: changed("maxTimeoutSeconds 0", (offer) => (offer.maxTimeoutSeconds = 0)),
  bad_402_utf8: unpaid("invalid UTF-8 in a text", ({ socket, challenge }) => {
    const json = Buffer.from(JSON.stringify({ ...challenge, error: "\u00ff\u00fe" }), "latin1");
    socket.end(answer(402, {}, [["PAYMENT-REQUIRED", json.toString("base64")]]));
  }),
  bad_402_control: changed("escape sequences in every text", (offer, challenge) => {
    challenge.error = ESCAPES;
    challenge.resource.description = ESCAPES;
    offer.description = ESCAPES;
  }),
  bad_402_control_network: changed(
    "escape sequences in network",
    (offer) => (offer.network = ESCAPES),
  ),
  bad_402_raw_control: text("control characters not escaped in JSON", (challenge) =>
    JSON.stringify({ ...challenge, error: "MARK" }).replace("MARK", "\u001b[2J\u0007"),
  ),
};

const TRAPS = {
  resource_other_host: changed("the resource is on another host", (_, challenge) => {
    challenge.resource.url = "http://shop.example/paid";
  }),
  resource_userinfo: changed("the resource hides its host", (_, challenge) => {
    challenge.resource.url = "http://127.0.0.1@shop.example/paid";
  }),
  junk_offers: changed("null, text and foreign offers before the good one", (offer, challenge) => {
    const solana = {
      ...offer,
      scheme: "exact",
      network: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    };
    challenge.accepts = [null, "offer", 7, solana, { ...offer, scheme: "barter" }, offer];
  }),
  half_policy: changed("asks for V2 validation, most of it missing", (offer) => {
    offer.extra = { minValidationScore: 80 };
  }),
  foreign_registry: changed("a validation registry Core does not trust", (offer) => {
    offer.extra = {
      validationRegistryAddress: accounts.cid.address,
      validatorAddress: accounts.cid.address,
      validatorAgentId: "1",
      minValidationScore: 80,
      jobHash: `0x${"4a".repeat(32)}`,
    };
  }),
  seller_rpc: changed("extra.rpcUrl points at the seller", (offer, _, { origin }) => {
    offer.extra = { ...offer.extra, rpcUrl: `${origin}/seller_rpc` };
  }),
};

export const CHALLENGES = { ...OVERSIZED, ...BROKEN, ...TRAPS };
