// From guarantees to what each participant owes or is owed, and the tree that proves it.
import { concat, encodeAbiParameters, keccak256 } from "viem";
import { CHAIN_ID } from "../lib/config.mjs";

const LEAF = ["uint256", "address", "bytes32", "address", "address", "uint256", "uint256"];
export const ROLES = { NET_DEBTOR: 0n, NET_CREDITOR: 1n };

/** Outgoing minus incoming of each participant, by address; flat ones are there with zero. */
export function netPositions(guarantees) {
  const positions = new Map();
  const add = (who, amount) => positions.set(who, (positions.get(who) ?? 0n) + amount);
  for (const { claims, charged = claims.amount } of guarantees) {
    add(claims.user, BigInt(charged));
    add(claims.recipient, -BigInt(charged));
  }
  return positions;
}

/**
 * The batch of a cycle: {root, debit, credit, participants}, the last by address in lower case:
 * role, amount, and but for flat ones leaf and proof. Without debts the root is null.
 */
export function makeBatch(house, { id, asset }, positions) {
  const participants = new Map();
  for (const [who, net] of positions) {
    const role = net > 0n ? "NET_DEBTOR" : net < 0n ? "NET_CREDITOR" : "FLAT";
    const amount = net < 0n ? -net : net;
    const values = [BigInt(CHAIN_ID), house, id, asset, who, amount, ROLES[role]];
    participants.set(who, { role, amount, ...(net !== 0n && { leaf: leafOf(values) }) });
  }
  const rows = [...participants.values()].filter(({ leaf }) => leaf);
  const tree = makeTree(rows.map(({ leaf }) => leaf));
  for (const row of rows) row.proof = tree.proof(row.leaf);
  const total = (wanted) =>
    rows.reduce((sum, { role, amount }) => (role === wanted ? sum + amount : sum), 0n);
  return {
    root: tree.root,
    debit: total("NET_DEBTOR"),
    credit: total("NET_CREDITOR"),
    participants,
  };
}

const leafOf = (values) =>
  keccak256(
    encodeAbiParameters(
      LEAF.map((type) => ({ type })),
      values,
    ),
  );
const pair = (a, b) => keccak256(concat(a < b ? [a, b] : [b, a]));

/** Unique leaves in order; a node without a neighbour is paired with itself. */
function makeTree(leaves) {
  const levels = [[...new Set(leaves)].sort()];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    const next = [];
    for (let i = 0; i < below.length; i += 2) next.push(pair(below[i], below[i + 1] ?? below[i]));
    levels.push(next);
  }
  return {
    root: levels.at(-1)[0] ?? null,
    proof(leaf) {
      let at = levels[0].indexOf(leaf);
      return levels.slice(0, -1).map((level) => {
        const neighbour = level[at ^ 1] ?? level[at];
        at >>= 1;
        return neighbour;
      });
    },
  };
}
