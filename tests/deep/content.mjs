// Kinds of certificates that say the wrong thing, truly signed.
import * as enc from "./encode.mjs";
import { flipBit, fresh, hex, sign, signedFields } from "./make.mjs";

const MAX64 = (1n << 64n) - 1n;

export const CONTENT = {
  version_shown: (ctx) => ({
    ...sign(
      ctx,
      enc.encodeCertificate(ctx.c, ctx.random.pick([0n, 3n, 3n - ctx.c.version, MAX64])),
    ),
    rule: "version",
  }),
  version_inside: (ctx) => ({
    ...sign(
      ctx,
      enc.encodeCertificate(
        { ...ctx.c, version: ctx.random.pick([0n, 3n, 3n - ctx.c.version, MAX64]) },
        ctx.c.version,
      ),
    ),
    rule: "version",
  }),
  other_domain: (ctx) => ({
    ...signedFields(ctx, {
      ...ctx.c,
      domain: ctx.random.pick([
        `0x${"0".repeat(64)}`,
        hex(ctx.random.bytes(32)),
        ctx.trust.domains[2 - ctx.c.layout],
        ctx.other.domains[ctx.c.layout - 1],
        enc.domainOf(ctx.c.layout, ctx.trust.chain_id + 1n, ctx.trust.vault),
        enc.domainOf(ctx.c.layout, ctx.trust.chain_id, ctx.other.vault),
      ]),
    }),
  }),
  expected: (ctx) => ({ ...ctx.base, expect: expectation(ctx, false) }),
  unexpected: (ctx) => ({ ...ctx.base, expect: expectation(ctx, true) }),
};

const BAD_UTF8 = [
  "80",
  "c0af",
  "c1bf",
  "e08080",
  "e282",
  "eda080",
  "f08080af",
  "f4908080",
  "f8888080",
  "ff",
  "61c3",
];
export const CONTENT_V2 = {
  score: (ctx) =>
    signedFields(
      ctx,
      enc.bound({ ...ctx.c, min_score: ctx.random.pick([0, 101, 255, ctx.random.below(256)]) }),
    ),
  no_job: (ctx) => signedFields(ctx, enc.bound({ ...ctx.c, job_hash: `0x${"0".repeat(64)}` })),
  other_subject: (ctx) => signedFields(ctx, { ...ctx.c, subject_hash: hex(ctx.random.bytes(32)) }),
  other_subject_bound: (ctx) => {
    const c = { ...ctx.c, subject_hash: hex(ctx.random.bytes(32)) };
    return signedFields(ctx, { ...c, request_hash: enc.requestHash(c) });
  },
  other_request: (ctx) => signedFields(ctx, { ...ctx.c, request_hash: hex(ctx.random.bytes(32)) }),
  unbound_field: (ctx) => {
    const name = ctx.random.pick([
      "payer",
      "validator",
      "registry",
      "agent_id",
      "req_id",
      "tag",
      "timestamp",
    ]);
    return signedFields(ctx, { ...ctx.c, [name]: fresh(ctx, 2)[name] });
  },
  other_chain: (ctx) => signedFields(ctx, enc.bound({ ...ctx.c, chain_id: ctx.random.u(64) })),
  other_registry: (ctx) =>
    signedFields(ctx, enc.bound({ ...ctx.c, registry: hex(ctx.random.bytes(20)) })),
  tag_no_utf8: (ctx) => {
    const bad = Buffer.from(ctx.random.pick(BAD_UTF8), "hex");
    const tag = Buffer.concat([
      Buffer.from("ok".repeat(ctx.random.below(3))),
      bad,
      Buffer.from("x".repeat(ctx.random.below(2))),
    ]);
    return signedFields(ctx, enc.bound({ ...ctx.c, tag: hex(tag) }));
  },
};

/** Some of the fields as they are; with `wrong` one of them changed. */
function expectation({ random, c }, wrong) {
  const names = [
    "payer",
    "recipient",
    "asset",
    "amount",
    "req_id",
    "cycle_id",
    "timestamp",
    "version",
  ];
  const policy = ["registry", "chain_id", "validator", "agent_id", "min_score", "job_hash", "tag"];
  const out = Object.fromEntries(names.filter(() => random.chance(0.5)).map((n) => [n, c[n]]));
  if (c.layout === 2 && random.chance(0.5))
    out.policy = Object.fromEntries(policy.map((n) => [n, c[n]]));
  if (!wrong) return out;
  const inPolicy = out.policy && random.chance(0.5);
  const name = random.pick(inPolicy ? policy : names);
  (inPolicy ? out.policy : out)[name] = changed(random, name, c[name]);
  return out;
}

function changed(random, name, value) {
  if (name === "version") return 3n - value;
  if (name === "min_score") return (value % 100) + 1;
  if (name === "tag")
    return value === "0x" ? "0x61" : hex(Buffer.from(value.slice(2), "hex").subarray(1));
  if (typeof value === "bigint") return value ^ (1n << BigInt(random.below(64)));
  return hex(flipBit(random, Buffer.from(value.slice(2), "hex")));
}
