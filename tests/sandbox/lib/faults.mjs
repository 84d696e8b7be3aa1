// Faults wait here until a matching request uses them up.

const TRANSPORT = {
  drop_before_accept: "closes the socket before doing anything",
  drop_after_accept: "does everything, then closes the socket",
  delay: "answers arg ms late, after the effect",
  http_500: "500 before any effect",
  http_503: "503 before any effect",
  http_429: "429 before any effect, Retry-After arg seconds (1)",
  http_500_after: "500 after the effect",
};

const CORE = {
  duplicate_409: "409 instead of 400 for a known identity",
  bad_cert_sig: "one bit of the signature flipped",
  bad_cert_point: "signature is no point; arg: garbage | flags | infinity",
  wrong_key: "signed with another BLS key",
  tampered_amount: "well signed over another amount",
  tampered_recipient: "well signed over another recipient",
  tampered_asset: "well signed over another asset",
  tampered_client: "well signed over another payer",
  tampered_reqid: "well signed over another request id",
  tampered_policy: "V2: well signed over another minimum score",
  old_timestamp: "well signed over a timestamp arg s older (3600)",
  wrong_domain: "well signed for another vault",
  wrong_version: "well signed as version 3; arg inner: only the inner word",
  ten_words: "well signed in the 10-word layout",
  no_hex: "claims and signature are not hex",
  key_switch: "public-params shows another key",
  key_no_point: "public-params shows a key that is no point; arg: garbage | infinity",
  vault_switch: "public-params shows the vault at arg (an address without code)",
  domain_switch: "public-params shows the domain arg (zeros but for the last digit)",
  version_switch: "public-params accepts only the versions of the list arg ([1])",
  params_switch: "public-params signs under EIP-712 version arg (2)",
  no_domain_name: "public-params lacks eip712_name",
  chain_switch: "public-params shows chain id arg (8453)",
  short_tokens: "access tokens live arg s (1)",
  refuse_access: "a call with a token is refused with 401 and the text arg (invalid access token)",
  refuse_refresh: "a refresh is refused with 401 and the text arg (invalid refresh token)",
  siwe_domain: "sign-in asks for the domain arg (core.example)",
  siwe_uri: "sign-in asks for the uri arg (https://core.example)",
  siwe_chain: "sign-in asks for chain id arg (8453)",
  siwe_statement: "sign-in asks for the statement arg (of two lines)",
  siwe_expiry: "sign-in expires arg s after issue (-60)",
  siwe_snake_case: "sign-in spells chain_id and issued_at",
  chain_lost: "Core no longer sees the chain, and its health says so; lasts until cleared",
  tab_generation: "Core serves no clearing cycles, as the generation before; lasts until cleared",
  token_switch: "tokens shows the first with the members of arg ({decimals: 18})",
  tampered_clearing:
    "a clearing proof or action lies: arg a member's name, or the members to put in their place",
  clock_skew: "Core's clock is arg s ahead (-3600); use times 0",
};

const FACILITATOR = {
  settle_real_shape: "/settle answers in the form of the real service",
  pass_unverified: "hands Core's certificate on without looking at it",
  health_fail: "/health answers 200 with a status that is not ok",
  kinds_switch: "/supported shows the kinds arg ([])",
  refuse_settle: "credit /settle refuses with arg as its text",
};

const RPC = {
  rpc_wrong_chain: "eth_chainId and net_version of another chain (arg)",
  rpc_stale: "latest and pending are arg blocks behind (5)",
  rpc_error: "error -32000, message arg; arg an object: its members",
  rpc_no_data: "execution reverted without data",
  rpc_data_nested: "eth_call, eth_estimateGas: the bytes of a revert are in error.data.data",
  rpc_slow: "answers arg ms late",
  rpc_nonce_gap: "the pending transaction count is arg higher (1)",
  rpc_low_fee: "a transaction is refused: fee below the base fee",
  rpc_429: "the request is refused with 429, Retry-After arg seconds (1)",
  rpc_drop_before_send: "a transaction: the socket closes, the node never saw it",
  rpc_drop_after_send: "a transaction goes to the node, then the socket closes",
  rpc_already_known: "a transaction goes to the node, the answer is: already known",
  rpc_no_batch: "a batch is refused with one error object, under HTTP status arg (200)",
  rpc_batch_order: "the answers of a batch come in reverse",
  rpc_lost_receipt: "transaction receipt is never found",
  rpc_lost_transaction: "transaction is never found by its hash",
  no_code: "eth_getCode answers 0x",
};

export const CATALOGUE = {
  core: { ...TRANSPORT, ...CORE },
  facilitator: { ...TRANSPORT, ...FACILITATOR },
  seller: TRANSPORT,
  rpc: { ...TRANSPORT, ...RPC },
};
export const TRANSPORT_FAULTS = Object.keys(TRANSPORT);

export class UnknownFault extends Error {}

export class Faults {
  #armed = [];

  reset() {
    this.#armed = [];
  }

  list() {
    return this.#armed;
  }

  /** times 0: until cleared. No route: every route. paid: only requests that (do not) pay. */
  arm({ where, route = null, fault, times = 1, arg = null, paid = null }) {
    const known = CATALOGUE[where.startsWith("seller") ? "seller" : where];
    if (!known?.[fault]) throw new UnknownFault(`unknown fault ${fault} at ${where}`);
    if (!Number.isInteger(times) || times < 0) throw new UnknownFault("times must be 0 or more");
    this.#armed.push({ where, route, fault, times, arg, paid });
  }

  /** Uses one of the named faults up; null when none is armed here. */
  take(where, route, names, isPaid = null) {
    const found = this.#find({ where, route, isPaid }, names);
    if (found?.times > 0 && --found.times === 0) this.#armed.splice(this.#armed.indexOf(found), 1);
    return found ?? null;
  }

  /** A lasting condition: seen by many requests, used up by none. */
  peek(where, name) {
    return this.#find({ where }, [name]) ?? null;
  }

  #find({ where, route = null, isPaid = null }, names) {
    const agrees = (asked, actual) => asked === null || actual === null || asked === actual;
    return this.#armed.find(
      (armed) =>
        names.includes(armed.fault) &&
        (armed.where === where || where.startsWith(`${armed.where}/`)) &&
        agrees(armed.route, route) &&
        agrees(armed.paid, isPaid),
    );
  }
}
