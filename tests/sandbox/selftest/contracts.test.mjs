// The compiled contracts against the tables of the real ones.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { toEventSelector, toFunctionSelector, toFunctionSignature } from "viem";
import { compile } from "../lib/compile.mjs";
import { ROOT } from "../lib/config.mjs";

const DIR = process.env.VECTORS ?? join(ROOT, "../vectors");
const LISTS = { function: "functions", event: "events", error: "errors" };

const AUTHORIZATION = "address,address,uint256,uint256,uint256,bytes32";
// What the sandbox adds, and what comes from other tables (EIP-3009, ERC-6093).
const OWN = {
  SandVault: [
    "listToken(address)",
    "setAToken(address,address)",
    "setIndex(address,uint256)",
    "setShort(address,uint256)",
    "take(address,address,uint256,address)",
    "SandboxCollateralTaken(address,address,uint256)",
    "ERC20InsufficientBalance(address,uint256,uint256)",
  ],
  SandClearing: [],
  SandUSDC: [
    "mint(address,uint256)",
    "version()",
    "DOMAIN_SEPARATOR()",
    "TRANSFER_WITH_AUTHORIZATION_TYPEHASH()",
    "authorizationState(address,bytes32)",
    `transferWithAuthorization(${AUTHORIZATION},uint8,bytes32,bytes32)`,
    `transferWithAuthorization(${AUTHORIZATION},bytes)`,
    "AuthorizationUsed(address,bytes32)",
  ],
  OddToken: [
    "mint(address,uint256)",
    "ERC20InsufficientAllowance(address,uint256,uint256)",
    "ERC20InsufficientBalance(address,uint256,uint256)",
  ],
};
// Calls of a user, views and events of contracts.md that the program depends on.
const NEEDED = {
  SandVault: [
    "deposit() depositStablecoin(address,uint256) requestWithdrawal(uint256)",
    "requestWithdrawal(address,uint256) cancelWithdrawal() cancelWithdrawal(address)",
    "finalizeWithdrawal() finalizeWithdrawal(address) getUserAllAssets(address) getUser(address)",
    "getUser(address,address) collateral(address) collateral(address,address)",
    "withdrawableBalance(address,address) principalBalance(address,address)",
    "guaranteeCapacity(address,address) grossYield(address,address)",
    "protocolYieldShare(address,address) userNetYield(address,address)",
    "withdrawalRequests(address,address) getERC20Tokens() stablecoinAToken(address) paused()",
    "guaranteeDomainSeparator() getGuaranteeVersionConfig(uint64) GUARANTEE_VERIFICATION_KEY()",
    "yieldFeeBps() authority() withdrawalGracePeriod() tabExpirationTime()",
    "remunerationGracePeriod() synchronizationDelay() pause() unpause()",
    "setTimingParameters(uint256,uint256,uint256,uint256)",
    "CollateralDeposited(address,address,uint256) WithdrawalCanceled(address,address)",
    "WithdrawalRequested(address,address,uint256,uint256)",
    "CollateralWithdrawn(address,address,uint256)",
  ],
  SandClearing: [
    "commitCycle(bytes32,address,bytes32,uint256,uint256,uint64,uint64)",
    "payNetDebit(bytes32,uint256,bytes32[]) claimNetCredit(bytes32,uint256,bytes32[])",
    "markDefaulted(bytes32,address,uint256,bytes32[])",
    "settleDefaultFromCollateral(bytes32,address,uint256,bytes) finalizeCycle(bytes32)",
    "getCycle(bytes32) getParticipantState(bytes32,address)",
    "participantLeaf(bytes32,address,address,uint256,uint8) authority()",
    "CycleCommitted(bytes32,address,bytes32,uint256,uint256,uint64,uint64)",
    "DebtorPaid(bytes32,address,uint256) CreditorClaimed(bytes32,address,uint256)",
    "DebtorDefaulted(bytes32,address,uint256) DefaultCovered(bytes32,address,uint256)",
    "CycleFinalized(bytes32)",
  ],
};

export function contractTests() {
  suite("contracts", () => {
    const tables = JSON.parse(readFileSync(join(DIR, "selectors.json"), "utf8"));
    const rows = (contract) =>
      Object.entries(LISTS).flatMap(([type, list]) =>
        tables[list]
          .filter((row) => row.contract === contract)
          .map((row) => [row.signature, { ...row, type }]),
      );

    for (const [ours, theirs] of [
      ["SandVault", "Core4Mica"],
      ["SandClearing", "ClearingHouse"],
      ["OddToken", "ERC20"],
      ["SandUSDC", "ERC20"],
    ]) {
      test(`${ours} has nothing that ${theirs} has not, but for what is said here`, async () => {
        const known = new Map(rows(theirs));
        const { abi } = (await compile())[ours];
        const items = abi.filter(isListed);
        const foreign = items.map(signatureOf).filter((signature) => !known.has(signature));
        assert.deepEqual(foreign.sort(), [...OWN[ours]].sort());
        for (const item of items.filter((one) => known.has(signatureOf(one))))
          compareItem(item, known.get(signatureOf(item)));
      });
    }

    for (const [ours, lines] of Object.entries(NEEDED))
      test(`${ours} has all that a user meets`, async () => {
        const { abi } = (await compile())[ours];
        const has = new Set(abi.filter(isListed).map(signatureOf));
        const needed = lines.flatMap((line) => line.split(" "));
        assert.deepEqual(
          needed.filter((signature) => !has.has(signature)),
          [],
        );
      });
  });
}

const isListed = ({ type }) => Object.hasOwn(LISTS, type);
const signatureOf = (item) => toFunctionSignature({ ...item, type: "function" });

function compareItem(item, row) {
  const text = signatureOf(item);
  assert.equal(item.type, row.type, text);
  if (item.type === "event") {
    assert.equal(toEventSelector(text), row.topic0, text);
    const indexed = item.inputs.filter((input) => input.indexed);
    assert.equal(indexed.length, row.indexed.length, text);
    return;
  }
  assert.equal(toFunctionSelector(text), row.selector, text);
  if (item.type === "error") return;
  assert.equal(isView(item.stateMutability), isView(row.mutability), text);
  assert.equal(item.stateMutability === "payable", row.mutability === "payable", text);
  // A liar's decimals take a whole word.
  if (item.name !== "decimals") assert.equal(words(item.outputs), wordsOfTexts(row.returns), text);
}

const isView = (mutability) => ["view", "pure"].includes(mutability);

/** Types of the answer, as one text. A static tuple is its members in a row. */
const words = (outputs) =>
  outputs
    .map(({ type, components }) =>
      components ? type.replace("tuple", words(components)) : type,
    )
    .join(",");

/** The same of the table's texts, which carry names. */
const wordsOfTexts = (texts) =>
  texts
    .join(",")
    .replace(/[()]/g, "")
    .replace(/(^|,) *(\w+(\[\])?)( \w+)?(\[\])?/g, "$1$2$5")
    .replace(/ \w+/g, "");
