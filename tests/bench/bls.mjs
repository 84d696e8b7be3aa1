// bls.mjs BUILD: signatures of certificates, ours beside @chainsafe/blst and @noble/curves. Each
// runs in a process of its own and is asked in turn; what counts is CPU time, the median of the
// ratios of each round. Before that all must agree on good and bad ones.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const build = process.argv[2] ?? "build";
const file = `${build}/bench/certificates.bin`;
const rounds = Number(process.env.BENCH_BLS_ROUNDS ?? 15);
const peer = fileURLToPath(new URL("bls_peer.mjs", import.meta.url));
// One verification with a known key, in supranational's assembly (instructions of its C interface).
const BLST_INSTRUCTIONS = 12.04e6;

class Side {
  constructor(name, command, ...args) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(command) {
    this.child.stdin.write(`${command}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`bench: ${this.name} ended at: ${command}`);
    return value;
  }

  end() {
    this.child.stdin.end();
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const us = (value) => value.toFixed(1).padStart(10);
const range = (list) => `[${Math.min(...list).toFixed(1)} - ${Math.max(...list).toFixed(1)}]`;
const judged = (value, goal, text = goal.toFixed(2)) =>
  `(goal <= ${text}: ${value <= goal ? "met" : "missed"})`;
const million = (value) => `${(value / 1e6).toFixed(2)} M`;

/** Asks every side in each round; medians, and the ratios of the first side to each other. */
async function compare(asks, count = rounds) {
  for (const [side, command] of asks) await side.ask(command); // warms up
  const times = asks.map(() => []);
  for (let i = 0; i < count; i++)
    for (const [at, [side, command]] of asks.entries())
      times[at].push(Number(await side.ask(command)));
  const ratios = times.map((list) => median(times[0].map((own, i) => own / list[i])));
  return { times, medians: times.map(median), ratios };
}

function show(label, list) {
  console.log(`  ${label.padEnd(36)} ${us(median(list))} us  ${range(list)}`);
}

async function agree(sides) {
  const said = await Promise.all(sides.map((side) => side.ask("verdicts")));
  const bad = said[0].match(/0*$/)[0].length;
  for (const [i, words] of said.entries()) {
    if (!/^[1-]*0+$/.test(words))
      throw new Error(`bench: ${sides[i].name} is wrong on a signature`);
    if (words.length !== said[0].length || words.match(/0*$/)[0].length !== bad)
      throw new Error("bench: the sides do not agree");
  }
  if (/1/.test(await sides[1].ask("spoiled")))
    throw new Error("bench: @chainsafe/blst passes a batch with a bad signature");
  const seen = (words) => words.replaceAll("-", "").length - bad;
  console.log(
    `  same verdicts: ${seen(said[0])} good (noble: ${seen(said[2])} of them) and ${bad} bad signatures`,
  );
}

async function single([ours, blst, noble]) {
  const { times, ratios } = await compare([
    [ours, "one 10"],
    [blst, "one 10"],
    [noble, "one 3"],
  ]);
  show("fourmica", times[0]);
  show("@chainsafe/blst (assembly)", times[1]);
  show("@noble/curves", times[2]);
  console.log(`  ratio to @chainsafe/blst: ${ratios[1].toFixed(2)}  ${judged(ratios[1], 1.6)}`);
  const part = `1/${(1 / ratios[2]).toFixed(1)}`;
  console.log(`  ratio to @noble/curves: ${part}  ${judged(ratios[2], 1 / 15, "1/15")}`);
}

const SIZES = [
  [1, 10],
  [8, 4],
  [128, 1],
  [1024, 1],
];
async function batches([ours, blst]) {
  for (const [size, repeats] of SIZES) {
    const command = `batch ${size} ${repeats}`;
    const { medians, ratios } = await compare(
      [
        [ours, command],
        [blst, command],
      ],
      size > 128 ? Math.ceil(rounds / 3) : rounds,
    );
    const times = medians.map((value) => value.toFixed(1).padStart(7));
    const goal = size === 128 ? judged(ratios[1], 0.8) : "";
    console.log(
      `  batch of ${String(size).padEnd(4)}  fourmica ${times[0]} us, @chainsafe/blst ${times[1]} us, ` +
        `ratio ${ratios[1].toFixed(2)}  ${goal}`.trimEnd(),
    );
  }
  const { ratios } = await compare([
    [ours, "batch 1 10"],
    [ours, "one 10"],
  ]);
  console.log(`  batch of one to single: ${ratios[1].toFixed(2)}  ${judged(ratios[1], 1.05)}`);
}

// ---- instructions ----

function collected(program, ...args) {
  const { status, stderr } = spawnSync(
    "valgrind",
    ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, file, ...args],
    { encoding: "utf8" },
  );
  const found = /Collected : (\d+)/.exec(stderr ?? "");
  if (status !== 0 || !found)
    throw new Error(`bench: valgrind ${program} ${args.join(" ")}: ${stderr}`);
  return Number(found[1]);
}
/** Of one operation: the start is in both counts. */
const instructions = (program, few, many, ...args) =>
  (collected(program, ...args, String(many)) - collected(program, ...args, String(few))) /
  (many - few);

function count(label, program, goal) {
  const one = instructions(program, 2, 6, "one");
  const alone = instructions(program, 2, 6, "batch", "1");
  const batch = instructions(program, 1, 2, "batch", "128") / 128;
  const ratio = one / BLST_INSTRUCTIONS;
  console.log(
    `  ${label.padEnd(8)} single ${million(one)}, ${ratio.toFixed(2)}x  ${judged(ratio, goal)}; ` +
      `batch of one ${million(alone)}, of 128 ${million(batch)} each`,
  );
}

const version = (command) => execFileSync(command, ["-dumpversion"], { encoding: "utf8" }).trim();

async function main() {
  const sides = [
    new Side("fourmica", `${build}/bench/bls`, file),
    new Side("@chainsafe/blst", process.execPath, peer, "blst", file),
    new Side("@noble/curves", process.execPath, peer, "noble", file),
  ];
  console.log("\nOne certificate's signature: bytes in, key known, 384 bytes of claims; CPU time");
  console.log("  @chainsafe/blst knows the tag ..._POP_ only: its signatures are made under that");
  await agree(sides);
  await single(sides);
  console.log("\nBatches under one key: CPU time of each signature in it");
  console.log("  beside verifyMultipleAggregateSignatures, which takes any keys");
  await batches(sides);
  for (const side of sides) side.end();
  console.log(`\nInstructions of one verification, beside blst's ${million(BLST_INSTRUCTIONS)}`);
  count(`gcc ${version("gcc").split(".")[0]}`, `${build}/bench/bls`, 3);
  if (existsSync(`${build}/bench/bls-clang`))
    count(`clang ${version("clang").split(".")[0]}`, `${build}/bench/bls-clang`, 2);
}

await main();
