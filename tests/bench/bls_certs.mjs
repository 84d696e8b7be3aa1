// Certificates for bls.mjs, in bytes: the key, then records of one byte (1: good), 384 bytes of V1
// claims and two signatures, under the tag of certificates and under the one tag @chainsafe/blst
// knows. 1024 good ones, then bad ones of every kind. The same bytes each time.
import { createRequire } from "node:module";
import * as bls from "../deep/bls.mjs";
import { domainOf, encodeCertificate } from "../deep/encode.mjs";
import { randomFields } from "../deep/make.mjs";
import { Random } from "../deep/random.mjs";

const blst = createRequire(new URL("../sandbox/package.json", import.meta.url))("@chainsafe/blst");
const GOOD = 1024;
const random = new Random("bench");
const secret = bls.secretOf(random);
const vault = `0x${random.bytes(20).toString("hex")}`;
const trust = { domains: [domainOf(1, 84532n, vault), domainOf(2, 84532n, vault)] };
const theirs = blst.SecretKey.fromHex(secret.toString(16).padStart(64, "0"));

const certificate = () => {
  const claims = encodeCertificate(randomFields(random, trust, 1));
  return {
    claims,
    points: [
      bls.signPoint(bls.hashToG2(claims), secret),
      bls.decode(Buffer.from(theirs.sign(claims).toBytes())),
    ],
  };
};
const record = (good, claims, points) =>
  Buffer.concat([
    Buffer.of(good),
    claims,
    ...points.map((p) => (Buffer.isBuffer(p) ? p : bls.encode(p))),
  ]);

function badRecords({ claims, points }) {
  const both = (change) => record(0, claims, points.map(change));
  const bytes = (change) => both((point) => ((p) => (change(p), p))(bls.encode(point)));
  const small = bls.smallOrderPoints(2);
  const outside = bls.curvePoint(random, 2);
  const moved = bls.randomG2(random);
  const otherClaims = Buffer.from(claims);
  otherClaims[200] ^= 1;
  return [
    record(0, otherClaims, points),
    record(0, claims, [points[1], points[0]]), // each under the other's tag
    both((point) => point.negate()),
    both((point) => point.add(moved)),
    both(() => outside),
    ...small.map((order) => both((point) => point.add(order))),
    ...small.map((order) => both(() => order)),
    bytes((p) => (p[0] &= 0x7f)),
    bytes((p) => (p[0] |= 0x40)),
    both(() => Buffer.concat([Buffer.of(0xc0), Buffer.alloc(95)])),
    both(() => Buffer.alloc(96)),
    both(() => Buffer.alloc(96, 0xff)),
    bytes((p) => bls.coordinate(bls.P).copy(p, 48)),
    both(() => Buffer.concat([Buffer.of(0x80), Buffer.alloc(95)])), // x = 0 is on no point
  ];
}

const good = Array.from({ length: GOOD }, certificate);
process.stdout.write(
  Buffer.concat([
    bls.publicKey(secret),
    ...good.map(({ claims, points }) => record(1, claims, points)),
    ...badRecords(certificate()),
  ]),
);
