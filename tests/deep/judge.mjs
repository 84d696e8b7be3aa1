// The verdict on a case, found with @noble/curves and viem in the order of the checks: the words
// that may be given as the first failure, ["verified"] when there is none.
import * as bls from "./bls.mjs";
import * as enc from "./encode.mjs";

const CLAIMS_MAX = 16384;
const TAG_MAX = 512;
const LONGEST = 736 + TAG_MAX; // of a V2 certificate that is looked at
// What is no encoding of anything may be seen by any of these first.
const NOT_CANONICAL = ["abi", "canonical", "version"];

/** A size no certificate has may be refused for that before anything else is looked at. */
export function judge(ctx, one) {
  const { length } = one.claims;
  if (one.signature.length !== bls.SIGNATURE_BYTES || length > CLAIMS_MAX) return ["length"];
  const rules = judgeContent(ctx, one);
  const odd = length < (ctx.trust.legacy ? 288 : 384) || length > LONGEST;
  if (odd && rules[0] === "verified") throw new Error("a certificate of no size is verified");
  return odd ? ["length", ...rules] : rules;
}

function judgeContent(ctx, one) {
  const { trust } = ctx;
  const key = one.key ?? trust.key;
  const fault = pointFault(key, one.signature);
  if (fault) return [fault];
  if (!bls.pairingHolds(key, ctx.hash(one.claims), one.signature)) return ["pairing"];
  const c = enc.readCertificate(one.claims, trust.legacy);
  if (!c) return NOT_CANONICAL;
  if (c.tag && c.tag.length / 2 - 1 > TAG_MAX) return ["length"];
  if (!trust.enabled[c.layout - 1]) return ["version"];
  if (c.domain !== trust.domains[c.layout - 1]) return ["domain"];
  if (c.layout === 2 && !enc.policyHolds(c, trust)) return ["policy"];
  if (one.expect && !meets(c, one.expect)) return ["expectation"];
  return ["verified"];
}

function pointFault(key, signature) {
  const ofSignature = bls.signatureFault(signature);
  const ofKey = bls.keyFault(key);
  if (ofSignature === "point") return "sig_point";
  if (ofKey === "point") return "pubkey_point";
  return ["infinity", "subgroup"].find((fault) => ofSignature === fault || ofKey === fault);
}

function meets(c, expect) {
  const { policy, ...fields } = expect;
  const same = (wanted) => Object.entries(wanted).every(([name, value]) => c[name] === value);
  return same(fields) && (!policy || (c.layout === 2 && same(policy)));
}
