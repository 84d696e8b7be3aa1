// Kinds of certificates whose signature or key is no point, or not the right one.
import * as bls from "./bls.mjs";
import { flipBit, withPoint, withSignature } from "./make.mjs";

export const SIGNATURES = {
  signature_bit: (ctx) => withSignature(ctx, flipBit(ctx.random, ctx.base.signature)),
  signature_negated: (ctx) => withPoint(ctx, ctx.base.point.negate(), { rule: "pairing" }),
  signature_doubled: (ctx) => withPoint(ctx, ctx.base.point.double(), { rule: "pairing" }),
  signature_moved: (ctx) =>
    withPoint(ctx, ctx.base.point.add(bls.randomG2(ctx.random)), { rule: "pairing" }),
  signature_any: (ctx) => withPoint(ctx, bls.randomG2(ctx.random), { rule: "pairing" }),
  signature_outside: (ctx) => withPoint(ctx, bls.curvePoint(ctx.random, 2), { rule: "subgroup" }),
  signature_small_order: (ctx) => withPoint(ctx, small(ctx, 2), { rule: "subgroup" }),
  signature_plus_small: (ctx) =>
    withPoint(ctx, ctx.base.point.add(small(ctx, 2)), { rule: "subgroup" }),
  signature_random_x: (ctx) => withSignature(ctx, randomX(ctx.random, 96)),
  signature_flags: (ctx) => withSignature(ctx, otherFlags(ctx.random, ctx.base.signature)),
  signature_infinity: (ctx) => withSignature(ctx, infinity(ctx.random, 96)),
  signature_unreduced: (ctx) =>
    withSignature(ctx, unreduced(ctx.random, ctx.base.signature), { rule: "sig_point" }),
  signature_length: (ctx) => withSignature(ctx, otherLength(ctx), { rule: "length" }),
};

export const KEYS = {
  key_bit: (ctx) => withKey(ctx, flipBit(ctx.random, ctx.trust.key)),
  key_other: (ctx) => withKey(ctx, ctx.other.key, "pairing"),
  key_negated: (ctx) => withKey(ctx, bls.encode(bls.decode(ctx.trust.key).negate()), "pairing"),
  key_outside: (ctx) => withKey(ctx, bls.encode(bls.curvePoint(ctx.random, 1)), "subgroup"),
  key_plus_small: (ctx) =>
    withKey(ctx, bls.encode(bls.decode(ctx.trust.key).add(small(ctx, 1))), "subgroup"),
  key_small_order: (ctx) => withKey(ctx, bls.encode(small(ctx, 1)), "subgroup"),
  key_random_x: (ctx) => withKey(ctx, randomX(ctx.random, 48)),
  key_flags: (ctx) => withKey(ctx, otherFlags(ctx.random, ctx.trust.key)),
  key_infinity: (ctx) => withKey(ctx, infinity(ctx.random, 48)),
  key_unreduced: (ctx) => withKey(ctx, unreduced(ctx.random, ctx.trust.key), "pubkey_point"),
  key_and_signature: (ctx) => ({
    ...withKey(ctx, infinity(ctx.random, 48)),
    signature: infinity(ctx.random, 96),
  }),
  key_and_signature_points: (ctx) => ({
    ...withKey(ctx, randomX(ctx.random, 48)),
    signature: randomX(ctx.random, 96),
  }),
};

/** Under another key than the trusted one. */
const withKey = (ctx, key, rule) => ({ ...ctx.base, key, rule });
/** One of the small-order points of a group, or its negative. */
export const small = ({ random }, group) => {
  const point = random.pick(bls.smallOrderPoints(group));
  return random.chance(0.5) ? point : point.negate();
};
function randomX(random, size) {
  const out = random.chance(0.2) ? Buffer.alloc(size) : random.bytes(size);
  if (random.chance(0.2)) out[size - 1] = random.below(8);
  out[0] = 0x80 | (out[0] & 0x3f);
  if (random.chance(0.7)) out[0] &= 0xaf;
  if (size === 96 && random.chance(0.7)) out[48] &= 0x0f;
  return out;
}
function otherFlags(random, bytes) {
  const out = Buffer.from(bytes);
  out[0] = (out[0] & 0x1f) | (random.below(8) << 5);
  return out;
}
/** The point at infinity, or nearly. */
function infinity(random, size) {
  const out = Buffer.alloc(size);
  out[0] = random.pick([0xc0, 0xc0, 0xe0, 0x40, 0x00, 0x80]);
  if (random.chance(0.3)) out[1 + random.below(size - 1)] = 1 << random.below(8);
  return out;
}
/** The same residue where it fits, else p itself or what is above. */
function unreduced(random, bytes) {
  const at = bytes.length === 96 && random.chance(0.5) ? 48 : 0;
  const same = bls.unreduced(bytes, at);
  if (same && random.chance(0.7)) return same;
  const out = Buffer.from(bytes);
  bls.coordinate(bls.P + BigInt(random.pick([0, 0, 1, 5]))).copy(out, at);
  if (at === 0) out[0] |= bytes[0] & 0xe0;
  return out;
}
function otherLength({ random, base }) {
  const grown = Buffer.concat([base.signature, random.bytes(1 + random.below(96))]);
  return random.pick([
    Buffer.alloc(0),
    base.signature.subarray(0, random.below(96)),
    grown,
    Buffer.from(base.point.toBytes(false)),
  ]);
}
