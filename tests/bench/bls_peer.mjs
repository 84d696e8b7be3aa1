// bls_peer.mjs blst|noble FILE: answers the commands of bls.c the way another implementation does
// it. CPU time is that of the whole process, threads included.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DST } from "../deep/bls.mjs";
import { bls12_381 } from "../sandbox/lib/packages.mjs";

const RECORD = { good: 0, claims: 1, signature: 385, other: 481, size: 577 };
const [name, file] = process.argv.slice(2);
const bytes = readFileSync(file);
const key = bytes.subarray(0, 48);
const records = [];
for (let at = 48; at < bytes.length; at += RECORD.size) {
  const part = (from, size) => new Uint8Array(bytes.subarray(at + from, at + from + size));
  records.push({
    good: bytes[at] === 1,
    claims: part(RECORD.claims, 384),
    signature: part(RECORD.signature, 96),
    other: part(RECORD.other, 96),
  });
}
const good = records.filter((r) => r.good);

const PEERS = {
  // Signatures under its own tag: it takes no other.
  blst() {
    const blst = createRequire(new URL("../sandbox/package.json", import.meta.url))(
      "@chainsafe/blst",
    );
    const pk = blst.PublicKey.fromBytes(key, true);
    return {
      one: ({ claims, other }) =>
        blst.verify(claims, pk, blst.Signature.fromBytes(other, true, true), false, false),
      batch: (list) =>
        blst.verifyMultipleAggregateSignatures(
          list.map(({ claims, other }) => ({
            msg: claims,
            pk,
            sig: blst.Signature.fromBytes(other, false, true),
          })),
          false,
          true,
        ),
    };
  },
  noble() {
    const { longSignatures: scheme, G1 } = bls12_381;
    const pk = G1.Point.fromBytes(key);
    const one = ({ claims, signature }) => scheme.verify(signature, scheme.hash(claims, DST), pk);
    return { one, batch: (list) => list.every(one) };
  },
};
const peer = PEERS[name]();

function verdict(work) {
  try {
    return work() ? 1 : 0;
  } catch {
    return 0; // not a point
  }
}

/** Microseconds of each of `count` results of `work`, which must all be true. */
function timed(times, each, work) {
  const from = process.cpuUsage();
  for (let i = 0; i < times; i++) if (!work(i)) throw new Error("a good signature is refused");
  const { user, system } = process.cpuUsage(from);
  return ((user + system) / times / each).toFixed(3);
}
const slice = (from, size) =>
  Array.from({ length: size }, (_, i) => good[(from + i) % good.length]);

// noble takes half a minute for all: some of the good ones, every bad one.
const COMMANDS = {
  verdicts: () =>
    records
      .map((r, i) => (name === "noble" && r.good && i % 32 ? "-" : verdict(() => peer.one(r))))
      .join(""),
  one: (times) => timed(times, 1, (i) => peer.one(good[i % good.length])),
  batch: (size, times) => timed(times, size, (i) => peer.batch(slice(i * size, size))),
  /** Does a batch with this one bad record fail? */
  spoiled: () =>
    records
      .filter((r) => !r.good)
      .map((r) => verdict(() => peer.batch([...good.slice(0, 7), r])))
      .join(""),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const [command, ...numbers] = line.split(" ");
  console.log(COMMANDS[command](...numbers.map(Number)));
});
