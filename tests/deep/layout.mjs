// Kinds of certificates whose bytes are laid out wrongly, truly signed.
import * as enc from "./encode.mjs";
import { flipBit, fresh, hex, sign, signedFields } from "./make.mjs";

const WORD = 32;
const MAX64 = (1n << 64n) - 1n;
/** Where the words of this certificate's fields begin. */
const start = (c) => (c.layout === 1 ? 3 : 4) * WORD;
const word = (value) =>
  Buffer.from(BigInt.asUintN(256, value).toString(16).padStart(64, "0"), "hex");
function edited(ctx, edit, rule) {
  const claims = Buffer.from(ctx.base.claims);
  return { ...sign(ctx, edit(claims) ?? claims), rule };
}
const setWord = (bytes, index, value) => void word(value).copy(bytes, index * WORD);
const spliced = (bytes, at, remove, insert) =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

// Fields narrower than their word: index and bytes of the value.
const NARROW = {
  1: [
    [3, 20],
    [4, 20],
    [6, 20],
    [7, 8],
    [8, 8],
  ],
  2: [
    [3, 20],
    [4, 20],
    [6, 20],
    [7, 8],
    [8, 8],
    [9, 20],
    [11, 8],
    [12, 20],
    [14, 1],
  ],
};

export const LAYOUTS = {
  dirty_word: (ctx) =>
    edited(
      ctx,
      (bytes) => {
        const [index, size] = ctx.random.pick(NARROW[ctx.c.layout]);
        const at = start(ctx.c) + index * WORD + ctx.random.below(WORD - size);
        bytes[at] = 1 + ctx.random.below(255);
      },
      "canonical",
    ),
  dirty_version: (ctx) =>
    edited(
      ctx,
      (bytes) => void (bytes[ctx.random.below(24)] = 1 + ctx.random.below(255)),
      "canonical",
    ),
  trailing: (ctx) =>
    edited(
      ctx,
      (bytes) =>
        Buffer.concat([
          bytes,
          ctx.random.chance(0.5) ? Buffer.alloc(WORD) : ctx.random.bytes(1 + ctx.random.below(99)),
        ]),
      "canonical",
    ),
  too_long: (ctx) =>
    edited(ctx, (bytes) => Buffer.concat([bytes, Buffer.alloc(16385 - bytes.length)]), "length"),
  cut: (ctx) => edited(ctx, (bytes) => bytes.subarray(0, ctx.random.below(bytes.length))),
  last_byte: (ctx) => edited(ctx, (bytes) => bytes.subarray(0, bytes.length - 1)),
  envelope_offset: (ctx) =>
    edited(ctx, (bytes) =>
      setWord(
        bytes,
        1,
        ctx.random.pick([
          0n,
          0x20n,
          0x41n,
          0x60n,
          1n << 64n,
          (1n << 64n) + 64n,
          MAX64,
          MAX64 - 31n,
          ctx.random.u(256),
        ]),
      ),
    ),
  envelope_gap: (ctx) =>
    edited(
      ctx,
      (bytes) => {
        setWord(bytes, 1, 0x60n);
        return spliced(bytes, 64, 0, Buffer.alloc(WORD));
      },
      "canonical",
    ),
  inner_length: (ctx) =>
    edited(ctx, (bytes) =>
      setWord(
        bytes,
        2,
        ctx.random.pick([
          0n,
          287n,
          289n,
          320n,
          MAX64,
          MAX64 - 95n,
          (1n << 64n) + 288n,
          ctx.random.u(256),
          BigInt(ctx.random.below(1024)),
        ]),
      ),
    ),
  word_changed: (ctx) =>
    edited(ctx, (bytes) =>
      setWord(bytes, ctx.random.below(bytes.length / WORD), ctx.random.u(256)),
    ),
  byte_changed: (ctx) => edited(ctx, (bytes) => flipBit(ctx.random, bytes)),
  word_inserted: (ctx) =>
    edited(ctx, (bytes) =>
      spliced(bytes, ctx.random.below(bytes.length / WORD) * WORD, 0, Buffer.alloc(WORD)),
    ),
  word_removed: (ctx) =>
    edited(ctx, (bytes) =>
      spliced(bytes, ctx.random.below(bytes.length / WORD) * WORD, WORD, Buffer.alloc(0)),
    ),
  ten_words: (ctx) => ({ ...sign(ctx, enc.encodeTenWords(fresh(ctx, 1))), rule: "version" }),
  bare_ten_words: (ctx) => sign(ctx, enc.encodeTenWords(fresh(ctx, 1)).subarray(96)),
  inner_twice: (ctx) => sign(ctx, enc.envelope(ctx.c.version, ctx.base.claims)),
  long_tag: (ctx) =>
    signedFields(
      ctx,
      enc.bound({ ...fresh(ctx, 2), tag: hex(Buffer.alloc(513 + ctx.random.below(900), 97)) }),
    ),
};

// V2 only: its tuple's offset is word 3, its tag's offset word 21, the tag's length word 22.
export const LAYOUTS_V2 = {
  tuple_offset: (ctx) =>
    edited(ctx, (bytes) =>
      setWord(bytes, 3, ctx.random.pick([0n, 0x40n, 0x21n, MAX64, ctx.random.u(256)])),
    ),
  tuple_gap: (ctx) =>
    edited(
      ctx,
      (bytes) => {
        setWord(bytes, 3, 0x40n);
        setWord(bytes, 2, BigInt(bytes.length - 96 + WORD));
        return spliced(bytes, 128, 0, Buffer.alloc(WORD));
      },
      "canonical",
    ),
  tag_offset: (ctx) =>
    edited(ctx, (bytes) =>
      setWord(
        bytes,
        21,
        ctx.random.pick([
          0n,
          0x60n,
          0x241n,
          0x260n,
          MAX64,
          (1n << 64n) + 0x240n,
          ctx.random.u(256),
        ]),
      ),
    ),
  tag_length: (ctx) =>
    edited(ctx, (bytes) =>
      setWord(
        bytes,
        22,
        ctx.random.pick([0n, 1n, 33n, MAX64, (1n << 64n) + 1n, ctx.random.u(256)]),
      ),
    ),
  tag_padding: (ctx) => {
    const c = enc.bound({ ...fresh(ctx, 2), tag: hex(Buffer.alloc(1 + ctx.random.below(31), 98)) });
    const claims = enc.encodeCertificate(c);
    claims[claims.length - 1] = 1 + ctx.random.below(255);
    return { ...sign(ctx, claims), rule: "canonical" };
  },
  word_inside: (ctx) =>
    edited(
      ctx,
      (bytes) => {
        setWord(bytes, 2, BigInt(bytes.length - 96 + WORD));
        return Buffer.concat([bytes, Buffer.alloc(WORD)]);
      },
      "canonical",
    ),
};
