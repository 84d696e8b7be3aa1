// What @noble/curves says of keys, signatures and messages, in the words of the checks. Encodings
// are judged here by the rules themselves and must agree with the package's own decoder.
import { Random } from "./random.mjs";
import { bls12_381 } from "../sandbox/lib/packages.mjs";

const { longSignatures: scheme, fields } = bls12_381;
const { Fp, Fp2 } = fields;
const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const R = fields.Fr.ORDER;
export const P = Fp.ORDER;
export const DST = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";
export const KEY_BYTES = 48;
export const SIGNATURE_BYTES = 96;

const GROUPS = { 1: [G1, Fp, 1], 2: [G2, Fp2, 2] };

const number = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const bytesOf = (value) => Buffer.from(value.toString(16).padStart(96, "0"), "hex");

export const hashToG2 = (message, dst = DST) => scheme.hash(message, dst);
export const secretOf = (random) => (random.integer(255) % (R - 1n)) + 1n;
export const publicKey = (secret) => encode(G1.BASE.multiply(secret));
export const signPoint = (hashed, secret) => hashed.multiplyUnsafe(secret);
export const randomG2 = (random) => G2.BASE.multiplyUnsafe(secretOf(random));

/** Compressed, of any point of the curve: the package's own encoder takes only good ones. */
export function encode(point) {
  const { x, y } = point.toAffine();
  const parts = point instanceof G1 ? [x] : [x.c1, x.c0];
  const out = Buffer.concat(parts.map(bytesOf));
  if (point.is0()) return Buffer.concat([Buffer.of(0xc0), out.subarray(1)]);
  out[0] |= isLarger(point instanceof G1 ? [y] : [y.c1, y.c0]) ? 0xa0 : 0x80;
  return out;
}

/** Is y the larger of y and -y? The first coordinate that is not zero tells. */
function isLarger(parts) {
  return (parts.find((part) => part !== 0n) ?? 0n) > (P - 1n) / 2n;
}

/** The point of an encoding without fault but perhaps outside the subgroup. */
export function decode(bytes) {
  const [Point, field, count] = GROUPS[bytes.length / KEY_BYTES];
  if (bytes[0] & 0x40) return Point.ZERO;
  const x = elementOf(coordinates(bytes, count));
  const root = field.sqrt(equation(Point, field, x));
  const larger = isLarger(count === 1 ? [root] : [root.c1, root.c0]);
  return Point.fromAffine({ x, y: larger === !!(bytes[0] & 0x20) ? root : field.neg(root) });
}

const elementOf = (parts) =>
  parts.length === 1 ? parts[0] : Fp2.fromBigTuple([parts[1], parts[0]]);
const equation = (Point, field, x) => field.add(field.mul(field.sqr(x), x), Point.CURVE().b);
function coordinates(bytes, count) {
  const body = Buffer.from(bytes);
  body[0] &= 0x1f;
  return Array.from({ length: count }, (_, i) => number(body.subarray(48 * i, 48 * i + 48)));
}

/** null, or what is wrong: "point" (form or curve), "infinity", "subgroup". */
function fault(bytes, Point, field, count) {
  const ours = formFault(bytes, Point, field, count) ?? subgroupFault(bytes);
  const theirs = packageFault(bytes, Point);
  if (ours !== theirs)
    throw new Error(`${bytes.toString("hex")}: ${ours} by the rules, ${theirs} by @noble/curves`);
  return ours;
}

function packageFault(bytes, Point) {
  try {
    return Point.fromBytes(bytes).is0() ? "infinity" : null;
  } catch (e) {
    return e.message.includes("subgroup") ? "subgroup" : "point";
  }
}

function formFault(bytes, Point, field, count) {
  const x = coordinates(bytes, count);
  if (!(bytes[0] & 0x80)) return "point";
  if (bytes[0] & 0x40)
    return bytes[0] & 0x20 || x.some((part) => part !== 0n) ? "point" : "infinity";
  if (x.some((part) => part >= P)) return "point";
  return isSquare(field, equation(Point, field, elementOf(x))) ? null : "point";
}

/** By Euler's criterion, of the norm in the extension: no root is taken. */
function isSquare(field, value) {
  const norm = field === Fp ? value : Fp.add(Fp.sqr(value.c0), Fp.sqr(value.c1));
  return Fp.is0(norm) || Fp.eql(Fp.pow(norm, (P - 1n) / 2n), Fp.ONE);
}

// The package uses endomorphisms, as we do: now and then it is checked by the definition.
function subgroupFault(bytes) {
  const point = decode(bytes);
  const inside = point.isTorsionFree();
  if (bytes[bytes.length - 1] % 8 === 0 && inside !== times(point, R).is0())
    throw new Error(`${bytes.toString("hex")}: isTorsionFree is wrong`);
  return inside ? null : "subgroup";
}

export const keyFault = (bytes) => fault(bytes, ...GROUPS[1]);
export const signatureFault = (bytes) => fault(bytes, ...GROUPS[2]);

/** The pairing equation, of points that passed the checks. */
export const pairingHolds = (key, hashed, signature) =>
  scheme.verify(G2.fromBytes(signature), hashed, G1.fromBytes(key));

/** Multiplication by any scalar, reduced by nothing. */
export function times(point, scalar) {
  let sum = point.constructor.ZERO;
  for (const bit of scalar.toString(2)) {
    sum = sum.double();
    if (bit === "1") sum = sum.add(point);
  }
  return sum;
}

/** A point of the whole curve: group 1 or 2. */
export function curvePoint(random, group) {
  for (;;) {
    const bytes = random.bytes(group * 48);
    bytes[0] = 0x80 | (bytes[0] & 0x2f);
    if (group === 2) bytes[48] &= 0x0f;
    if (!formFault(bytes, ...GROUPS[group])) return decode(bytes);
  }
}

// Prime factors of the cofactors with their powers: of 3 * 11^2 * 10177^2 * ... and of
// 13^2 * 23^2 * 2713 * 11953 * 262069 * ...
const SMALL = {
  1: [
    [3n, 1n],
    [11n, 2n],
    [10177n, 2n],
  ],
  2: [
    [13n, 2n],
    [23n, 2n],
    [2713n, 1n],
    [11953n, 1n],
    [262069n, 1n],
  ],
};
const known = { 1: [], 2: [] };

/** Points whose order is one of those primes, one each. */
export function smallOrderPoints(group) {
  if (known[group].length) return known[group];
  const random = new Random("small order", group);
  const { h } = GROUPS[group][0].CURVE();
  for (const [prime, power] of SMALL[group]) {
    let point;
    do point = times(curvePoint(random, group), (h * R) / prime ** power);
    while (point.is0());
    for (let next; !(next = times(point, prime)).is0(); ) point = next;
    known[group].push(point);
  }
  return known[group];
}

/** The coordinate at byte 0 or 48 with p added; null when that does not fit. */
export function unreduced(bytes, at) {
  const out = Buffer.from(bytes);
  const flags = at === 0 ? out[0] & 0xe0 : 0;
  const value = coordinates(bytes, bytes.length / 48)[at / 48] + P;
  if (value >> (at === 0 ? 381n : 384n)) return null;
  bytesOf(value).copy(out, at);
  out[at] |= flags;
  return out;
}

export const coordinate = bytesOf;
