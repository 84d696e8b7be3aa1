// What certificates are made of: random fields, signatures, small changes.
import * as bls from "./bls.mjs";
import * as enc from "./encode.mjs";

const TAGS = ["", "hard-finality", "é", "🜚 score", "\u0000", "\ufeffbom", "a".repeat(32)];

export const hex = (bytes) => `0x${Buffer.from(bytes).toString("hex")}`;

/** Fields that pass every check of `trust`. */
export function randomFields(random, trust, layout) {
  const address = () =>
    hex(random.chance(0.05) ? Buffer.alloc(20, random.pick([0, 255])) : random.bytes(20));
  const c = {
    layout,
    domain: trust.domains[layout - 1],
    cycle_id: random.u(256),
    req_id: random.u(256),
    payer: address(),
    recipient: address(),
    amount: random.u(256),
    asset: address(),
    timestamp: random.u(64),
    version: BigInt(layout),
  };
  if (layout === 1) return c;
  return enc.bound({
    ...c,
    registry: trust.registries.length ? random.pick(trust.registries) : address(),
    chain_id: trust.chain_id,
    validator: address(),
    agent_id: random.u(256),
    min_score: random.pick([1, 100, 1 + random.below(100)]),
    job_hash: hex(random.bytes(32)),
    tag: hex(
      random.weighted([
        [5, Buffer.from(random.pick(TAGS))],
        [3, utf8(random, 80)],
        [1, utf8(random, 512)],
      ]),
    ),
  });
}

/** Well-formed text of at most `most` bytes. */
function utf8(random, most) {
  const wanted = random.below(most + 1);
  let out = Buffer.alloc(0);
  for (;;) {
    const point = random.pick([
      0x20 + random.below(95),
      random.below(0x800),
      random.below(0xd800),
      0x10000 + random.below(0x100000),
    ]);
    const next = Buffer.concat([out, Buffer.from(String.fromCodePoint(point))]);
    if (next.length > wanted) return out;
    out = next;
  }
}

/** Signs claims with the trusted key under the usual tag, or as the options say. */
export function sign(ctx, claims, { secret = ctx.trust.secret, message = claims, dst } = {}) {
  const point = bls.signPoint(dst ? bls.hashToG2(message, dst) : ctx.hash(message), secret);
  return { claims, signature: bls.encode(point), point };
}
export const signedFields = (ctx, c) => sign(ctx, enc.encodeCertificate(c));
export const fresh = (ctx, layout = 1 + ctx.random.below(2)) =>
  randomFields(ctx.random, ctx.trust, layout);
export const withPoint = (ctx, point, more) => ({
  claims: ctx.base.claims,
  signature: bls.encode(point),
  ...more,
});
export const withSignature = (ctx, signature, more) => ({
  claims: ctx.base.claims,
  signature,
  ...more,
});
export const flipBit = (random, bytes) => {
  const out = Buffer.from(bytes);
  out[random.below(out.length)] ^= 1 << random.below(8);
  return out;
};
