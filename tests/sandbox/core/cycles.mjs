// Clearing proofs and actions: what Core tells a participant of a netted cycle.
import { getAddress, isAddress } from "viem";
import { Refusal } from "../lib/serve.mjs";
import { bendClearing } from "./tamper_clearing.mjs";

/** By the word of the query: the call it prepares, and whose it is. */
const ACTIONS = {
  pay_net_debit: { call: "payNetDebit", role: "NET_DEBTOR", text: "NetDebtor" },
  claim_net_credit: { call: "claimNetCredit", role: "NET_CREDITOR", text: "NetCreditor" },
  mark_defaulted: { call: "markDefaulted", role: "NET_DEBTOR", text: "NetDebtor" },
};
const PATH = "/core/cycles/:cycle/participants/:who";

export function cycleRoutes(core) {
  return {
    [`GET ${PATH}/clearing-proof`]: async (req, params) => {
      checkReader(core, req, params.who, "participant proof access denied");
      const { cycle, who, leafOwner } = await findLeaf(core, params);
      return bendClearing(core.faults, req.path_name, proofOf(cycle, who, leafOwner));
    },
    [`GET ${PATH}/clearing-action`]: async (req, params) => {
      const name = req.query_params.get("action");
      const action = Object.hasOwn(ACTIONS, name ?? "") && ACTIONS[name];
      if (!action)
        throw new Refusal(400, "Failed to deserialize query string: unknown action", {
          plain: true,
        });
      // Anybody may report a default.
      if (name === "mark_defaulted") core.tokens.require(req, "tab:read");
      else checkReader(core, req, params.who, "participant clearing action access denied");
      const { cycle, who, leafOwner } = await findLeaf(core, params);
      if (leafOwner.role !== action.role)
        throw new Refusal(400, `${action.call} requires participant role ${action.text}`);
      const answer = actionOf(core, cycle, who, leafOwner, name);
      return bendClearing(core.faults, req.path_name, answer);
    },
  };
}

function checkReader(core, req, who, text) {
  const caller = core.tokens.require(req, "tab:read");
  const mayReadAll = ["admin", "facilitator"].includes(caller.role);
  if (!mayReadAll && caller.sub !== who.toLowerCase()) throw new Refusal(401, text);
}

/** The cycle by its text id, literally; an address that does not parse is a 500. */
async function findLeaf(core, { cycle: text, who: path }) {
  if (!isAddress(path, { strict: false })) throw new Refusal(500, "internal server error");
  await core.collateral.sync();
  const who = path.toLowerCase();
  const cycle = core.clearing.cycle(text);
  if (!cycle) throw new Refusal(404, `Settlement cycle ${text}`);
  const stranger = () =>
    new Refusal(404, `Clearing participant ${path} in settlement cycle ${text}`);
  if (!cycle.batch) {
    const parties = core.clearing
      .guaranteesOf(cycle)
      .flatMap(({ claims }) => [claims.user, claims.recipient]);
    if (!parties.includes(who)) throw stranger();
    throw new Refusal(400, `settlement cycle ${text} has no clearing batch`);
  }
  const leafOwner = cycle.batch.participants.get(who);
  if (!leafOwner) throw stranger();
  if (!leafOwner.leaf) throw new Refusal(400, "flat participants do not have a clearing proof");
  return { cycle, who, leafOwner };
}

const whose = (cycle, who) => ({
  cycle_id: cycle.id,
  cycle_id_text: cycle.text,
  asset_address: getAddress(cycle.asset),
  participant: getAddress(who),
});

function proofOf(cycle, who, { role, amount, leaf, proof }) {
  const of = (wanted) => (role === wanted ? String(amount) : "0");
  return {
    ...whose(cycle, who),
    role,
    amount: String(amount),
    net_debit: of("NET_DEBTOR"),
    net_credit: of("NET_CREDITOR"),
    leaf,
    merkle_root: cycle.batch.root,
    proof,
  };
}

function actionOf(core, cycle, who, { amount, proof }, name) {
  const isNative = BigInt(cycle.asset) === 0n;
  return {
    contract_address: core.clearing.house.address,
    function_name: ACTIONS[name].call,
    action: name,
    ...whose(cycle, who),
    debtor: name === "mark_defaulted" ? getAddress(who) : null,
    amount: String(amount),
    payable_value: name === "pay_net_debit" && isNative ? String(amount) : "0",
    proof,
  };
}
