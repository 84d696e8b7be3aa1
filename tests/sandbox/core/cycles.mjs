// Clearing proofs and actions. No cycle is netted here yet: 404 or 400.
import { Refusal } from "../lib/serve.mjs";

const ACTIONS = ["pay_net_debit", "claim_net_credit", "mark_defaulted"];

export function cycleRoutes(core) {
  return {
    "GET /core/cycles/:cycle/participants/:who/clearing-proof": async (req, { cycle, who }) => {
      checkReader(core, req, who, "participant proof access denied");
      return refuseUnnetted(core, cycle, who);
    },
    "GET /core/cycles/:cycle/participants/:who/clearing-action": async (req, { cycle, who }) => {
      const action = req.query_params.get("action");
      if (!ACTIONS.includes(action))
        throw new Refusal(400, "Failed to deserialize query string: unknown action", {
          plain: true,
        });
      // Anybody may report a default.
      if (action === "mark_defaulted") core.tokens.require(req, "tab:read");
      else checkReader(core, req, who, "participant clearing action access denied");
      return refuseUnnetted(core, cycle, who);
    },
  };
}

function checkReader(core, req, who, text) {
  const caller = core.tokens.require(req, "tab:read");
  const mayReadAll = ["admin", "facilitator"].includes(caller.role);
  if (!mayReadAll && caller.sub !== who.toLowerCase()) throw new Refusal(401, text);
}

function refuseUnnetted({ ledger }, cycle, who) {
  const inCycle = [...ledger.guarantees.values()].filter((guarantee) => guarantee.cycle === cycle);
  if (inCycle.length === 0) throw new Refusal(404, `Settlement cycle ${cycle}`);
  const takesPart = ({ claims }) => [claims.user, claims.recipient].includes(who.toLowerCase());
  if (!inCycle.some(takesPart))
    throw new Refusal(404, `Clearing participant ${who} in settlement cycle ${cycle}`);
  throw new Refusal(400, `settlement cycle ${cycle} has no clearing batch`);
}
