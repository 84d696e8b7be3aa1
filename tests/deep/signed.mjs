// Kinds of certificates: good ones, and whose signature is of something or somebody else.
import { createHash } from "node:crypto";
import { keccak256 } from "../sandbox/lib/packages.mjs";
import * as bls from "./bls.mjs";
import * as enc from "./encode.mjs";
import { flipBit, fresh, hex, sign, signedFields } from "./make.mjs";
import { small } from "./points.mjs";

export const VALID = {
  valid: (ctx) => ctx.base,
  valid_fresh: (ctx) => signedFields(ctx, fresh(ctx)),
  legacy: (ctx) => sign(ctx, enc.encodeLegacy(fresh(ctx))),
};

export const SIGNED = {
  claims_bit: (ctx) => ({
    claims: flipBit(ctx.random, ctx.base.claims),
    signature: ctx.base.signature,
  }),
  of_other_claims: (ctx) => ({
    claims: enc.encodeCertificate(fresh(ctx)),
    signature: ctx.base.signature,
  }),
  by_other_key: (ctx) => sign(ctx, ctx.base.claims, { secret: ctx.other.secret }),
  other_tag: (ctx) =>
    sign(ctx, ctx.base.claims, {
      dst: ctx.random.pick([
        "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_",
        "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_",
        "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_NU_NUL_",
        bls.DST.slice(0, -1),
        `${bls.DST}_`,
      ]),
    }),
  other_message: (ctx) =>
    sign(ctx, ctx.base.claims, {
      message: ctx.random.pick([
        Buffer.from(keccak256(hex(ctx.base.claims)).slice(2), "hex"),
        createHash("sha256").update(ctx.base.claims).digest(),
        Buffer.from(ctx.base.claims.toString("hex")),
        ctx.base.claims.subarray(96),
      ]),
    }),
};

// Two at a time: what is wrong with them would cancel in a sum.
export const PAIRS = {
  cancelling: (ctx) => pair(ctx, bls.randomG2(ctx.random), "pairing"),
  cancelling_small: (ctx) => pair(ctx, small(ctx, 2), "subgroup"),
  swapped: (ctx) => {
    const second = signedFields(ctx, fresh(ctx));
    return [
      { ...ctx.base, signature: second.signature, rule: "pairing" },
      { ...second, signature: ctx.base.signature, rule: "pairing" },
    ];
  },
};
function pair(ctx, point, rule) {
  const second = signedFields(ctx, fresh(ctx));
  return [
    { ...ctx.base, signature: bls.encode(ctx.base.point.add(point)), rule },
    { ...second, signature: bls.encode(second.point.subtract(point)), rule },
  ];
}
