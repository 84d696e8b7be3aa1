// certs.mjs [--count N] [--seed TEXT] [--jobs N]: certificates, good and bad, each with the verdict
// that @noble/curves and viem give it, as JSON Lines. The first line holds the seed and what is
// trusted. What is printed depends on seed and count only.
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { parseArgs } from "node:util";
import * as bls from "./bls.mjs";
import { domainOf, encodeCertificate } from "./encode.mjs";
import { judge } from "./judge.mjs";
import { pickKind } from "./kinds.mjs";
import { randomFields, sign } from "./make.mjs";
import { Random } from "./random.mjs";

const FAMILY = 12; // certificates made of one
const TRUSTS = 6;

function makeTrust(seed, index) {
  const random = new Random(seed, "trust", index);
  const secret = bls.secretOf(random);
  const chain_id = random.pick([8453n, 84532n, 11155111n, 1n + random.integer(63)]);
  const address = () => `0x${random.bytes(20).toString("hex")}`;
  const vault = address();
  const usual = index % 3 !== 2; // the domain of V2 is configuration
  const domains = [1, 2].map((version) => domainOf(version, chain_id, vault));
  if (!usual) domains[1] = `0x${random.bytes(32).toString("hex")}`;
  return {
    secret,
    key: bls.publicKey(secret),
    chain_id,
    vault,
    usual,
    domains,
    registries: Array.from({ length: index % 2 ? 1 + random.below(3) : 0 }, address),
    enabled: [true, index !== 4],
    legacy: index === 1 || index === 5,
  };
}

/** The cases of one family: one certificate, and what can be done to it. */
function family(seed, index, trusts) {
  const random = new Random(seed, "family", index);
  const hashes = new Map();
  const hash = (message) => {
    const name = message.toString("hex");
    if (!hashes.has(name)) hashes.set(name, bls.hashToG2(message));
    return hashes.get(name);
  };
  const number = random.below(TRUSTS);
  const trust = trusts[number];
  const other = trusts[(number + 1) % TRUSTS];
  const c = randomFields(random, trust, 1 + random.below(2));
  const ctx = { random, trust, other, c, hash };
  ctx.base = sign(ctx, encodeCertificate(c));
  const lines = [];
  while (lines.length < FAMILY) {
    const [kind, make] = pickKind(random, c.layout);
    for (const one of [make(ctx)].flat()) lines.push(line(ctx, kind, one, number));
  }
  return lines.slice(0, FAMILY);
}

function line(ctx, kind, one, number) {
  const judged = judge(ctx, one);
  const exact = one.rule && !judged.includes("length");
  if (exact && !judged.includes(one.rule))
    throw new Error(`${kind}: made to fail at ${one.rule}, judged ${judged}`);
  return {
    kind,
    trust: number,
    key: one.key?.toString("hex"),
    claims: one.claims.toString("hex"),
    signature: one.signature.toString("hex"),
    expect: one.expect && plain(one.expect),
    rules: exact ? [one.rule] : judged,
  };
}

function plain(value) {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, plain(v)]));
}

const trustsOf = (seed) => Array.from({ length: TRUSTS }, (_, i) => makeTrust(seed, i));

function shown(trust) {
  const { secret, ...open } = trust;
  return { ...open, key: trust.key.toString("hex"), chain_id: trust.chain_id.toString() };
}

// Families are handed out by number, so that any count of threads prints the same.
function run(seed, families, jobs, done) {
  const results = new Array(families);
  let given = 0;
  let finished = 0;
  for (let i = 0; i < Math.min(jobs, families); i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seed } });
    const next = () => (given < families ? worker.postMessage(given++) : worker.terminate());
    worker.on("message", ({ index, lines }) => {
      results[index] = lines;
      next();
      if (++finished === families) done(results.flat());
    });
    worker.on("error", (e) => {
      throw e;
    });
    next();
  }
}

function main() {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "300" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: "1" },
    },
  });
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > 1e6)
    throw new RangeError("--count: 1 to 1000000");
  const head = { seed: values.seed, count, trusts: trustsOf(values.seed).map(shown) };
  console.log(JSON.stringify(head));
  run(values.seed, Math.ceil(count / FAMILY), Number(values.jobs), (lines) => {
    const wanted = lines.slice(0, count);
    console.log(wanted.map((one, i) => JSON.stringify({ i, ...one })).join("\n"));
  });
}

if (isMainThread) main();
else {
  const trusts = trustsOf(workerData.seed);
  parentPort.on("message", (index) =>
    parentPort.postMessage({ index, lines: family(workerData.seed, index, trusts) }),
  );
}
