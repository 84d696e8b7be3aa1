// Contracts to bytecode, cached by everything that decides the result.
import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CACHE_DIR, CONTRACTS_DIR } from "./config.mjs";
import { sha256 } from "./hash.mjs";

const require = createRequire(import.meta.url);
const SETTINGS = {
  evmVersion: "prague",
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};

/** Returns {ContractName: {abi, bytecode}}. */
export async function compile() {
  const sources = await readSources();
  const version = require("solc/package.json").version;
  const file = join(CACHE_DIR, `${sha256(JSON.stringify([version, SETTINGS, sources]))}.json`);
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    const artifacts = build(sources);
    await store(file, artifacts);
    return artifacts;
  }
}

async function readSources() {
  const names = (await readdir(CONTRACTS_DIR)).filter((name) => name.endsWith(".sol")).sort();
  const load = async (name) => [
    name,
    { content: await readFile(join(CONTRACTS_DIR, name), "utf8") },
  ];
  return Object.fromEntries(await Promise.all(names.map(load)));
}

function build(sources) {
  const solc = require("solc"); // slow to load: only when something changed
  const input = { language: "Solidity", sources, settings: SETTINGS };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).map((error) => error.formattedMessage);
  if (errors.length) throw new Error(errors.join("\n"));
  const contracts = Object.values(output.contracts).flatMap(Object.entries);
  return Object.fromEntries(
    contracts.map(([name, { abi, evm }]) => [name, { abi, bytecode: `0x${evm.bytecode.object}` }]),
  );
}

/** Written aside and renamed: two sandboxes may start at once. */
async function store(file, artifacts) {
  await mkdir(CACHE_DIR, { recursive: true });
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, JSON.stringify(artifacts));
  await rename(aside, file);
}
