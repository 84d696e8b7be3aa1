// Clearing answers that lie in one member, well formed all the same.
import { keccak256, stringToHex } from "viem";
import { accounts } from "../lib/accounts.mjs";

const STRANGER = accounts.cid.address;
const other = (hash) => keccak256(hash);
const oneMore = (text) => String(BigInt(text) + 1n);
const swap = (a, b) => (value) => (value === a ? b : a);

const LIES = {
  cycle_id: other,
  cycle_id_text: (text) => `${text}0`,
  asset_address: () => STRANGER,
  participant: () => STRANGER,
  role: swap("NET_DEBTOR", "NET_CREDITOR"),
  amount: oneMore,
  net_debit: oneMore,
  net_credit: oneMore,
  leaf: other,
  merkle_root: other,
  proof: ([first, ...rest]) => [other(first ?? stringToHex("leaf")), ...rest],
  contract_address: () => STRANGER,
  function_name: swap("payNetDebit", "claimNetCredit"),
  action: swap("pay_net_debit", "claim_net_credit"),
  debtor: (who) => (who ? null : STRANGER),
  payable_value: oneMore,
};

/** The answer with the armed fault's lie: one member by name, or members and values as given. */
export function bendClearing(faults, route, answer) {
  const arg = faults.take("core", route, ["tampered_clearing"])?.arg;
  if (!arg) return answer;
  if (typeof arg === "object") return { ...answer, ...arg };
  if (!(arg in answer)) throw new Error(`no such member to tamper with: ${arg}`);
  return { ...answer, [arg]: LIES[arg](answer[arg]) };
}
