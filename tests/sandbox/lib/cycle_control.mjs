// The tests' door to clearing: close, cover, plant, mark, and what is true of every cycle.
import { accounts } from "./accounts.mjs";
import { readAddress, readU256 } from "../core/numbers.mjs";
import { mark, plant } from "../core/plant.mjs";
import { NATIVE_ASSET, USDC } from "./config.mjs";
import { Refusal, jsonBody } from "./serve.mjs";

export function cycleControl({ core, bank }) {
  const { clearing } = core;
  return {
    "GET /_ctl/cycles": async () => {
      await core.collateral.sync();
      return [...clearing.cycles.values()].map(describeCycle);
    },
    "POST /_ctl/cycle/close": async (req) => {
      const { asset, ...how } = jsonBody(req);
      const closed = await clearing.close({ ...how, asset: asset ? bank.asset(asset) : null });
      await core.collateral.sync();
      return closed.map(describeCycle);
    },
    "POST /_ctl/cycle/cover": async (req) => (await cover(core, bank, jsonBody(req)), { ok: true }),
    "POST /_ctl/cycle/plant": async (req) => {
      const { asset = USDC, user, recipient, ...order } = jsonBody(req);
      const parties = order.kind === "extra" && {
        user: readAddress(user, "user"),
        recipient: readAddress(recipient, "recipient"),
      };
      return plant(core, { ...order, ...parties, asset: bank.asset(asset) });
    },
    "POST /_ctl/guarantee": async (req) => mark(core, jsonBody(req)),
  };
}

/** The operator pays for a debtor in default; without an amount, all it owes. */
async function cover({ clearing }, bank, { cycle: text, debtor, amount = null }) {
  const who = readAddress(debtor, "debtor");
  const cycle = clearing.cycle(text);
  const owed = cycle?.batch?.participants.get(who)?.amount;
  if (owed === undefined) throw new Refusal(400, `${who} owes nothing in cycle ${text}`);
  const sum = amount === null ? owed : readU256(String(amount), "amount");
  const { house } = clearing;
  const args = ["settleDefaultFromCollateral", cycle.id, who, sum, "0x"];
  if (cycle.asset === NATIVE_ASSET) return house.pay(sum, ...args);
  await bank.fundAndApprove(accounts.operator.address, cycle.asset, house.address, sum);
  return house.send(...args);
}

function describeCycle(cycle) {
  const { batch } = cycle;
  const plain = ([participant, { role, amount, leaf = null, proof = null }]) => ({
    participant,
    role,
    amount: String(amount),
    leaf,
    proof,
    acted: cycle.acted.get(participant) ?? null,
  });
  return {
    cycle: cycle.text,
    cycle_id: cycle.id,
    asset: cycle.asset,
    start: cycle.start,
    status: cycle.status,
    committed: cycle.payBy !== undefined,
    root: batch?.root ?? null,
    total_debit: batch ? String(batch.debit) : null,
    total_credit: batch ? String(batch.credit) : null,
    pay_by: cycle.payBy ?? null,
    final_at: cycle.finalAt ?? null,
    participants: batch ? [...batch.participants].map(plain) : [],
  };
}
