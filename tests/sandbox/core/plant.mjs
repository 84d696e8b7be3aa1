// Guarantees as an audit must find them: made up, counted twice, left out, changed.
import { randomBytes } from "node:crypto";
import { keccak256, toHex } from "viem";
import { Refusal } from "../lib/serve.mjs";

const OPEN = ["OPEN", "FROZEN"];
// What a validator or a dispute may say of a guarantee that is not netted yet.
const MARKS = ["FINALIZED_PAYABLE", "DISPUTED", "CANCELLED"];

/**
 * Plants one lie in an open cycle. `kind` extra {user, recipient, asset, amount}: nobody signed
 * it; or, of the guarantee with `req_id`: replay {cycle?}: accepted once more, missing: not netted,
 * amount {amount}: netted with another one. Returns the guarantee it is about.
 */
export function plant(core, { kind, ...order }) {
  if (!Object.hasOwn(PLANTS, kind ?? "")) throw new Refusal(400, `no such lie: ${kind}`);
  return PLANTS[kind](core, order);
}

/** Marks a guarantee of an open cycle, as validators and disputes would. */
export function mark(core, { req_id: reqId, status }) {
  if (!MARKS.includes(status)) throw new Refusal(400, `no such status: ${status}`);
  const row = find(core, reqId);
  if (status === "CANCELLED") core.clearing.release(row, status);
  else row.status = status;
  return row;
}

const PLANTS = {
  extra(core, { user, recipient, asset, amount }) {
    const claims = { version: 1, user, recipient, asset, amount: String(amount) };
    const reqId = String(BigInt(toHex(randomBytes(16))));
    const timestamp = String(core.clock());
    return add(core, core.clearing.open(asset), { claims: { ...claims, reqId, timestamp } });
  },
  /** Its identity lies in the letter case of an address, or in another cycle. */
  replay(core, { req_id: reqId, cycle = null }) {
    const { claims, signature, certificate } = find(core, reqId);
    return add(core, cycle ?? core.clearing.open(claims.asset), {
      claims,
      signature,
      certificate,
    });
  },
  missing: (core, { req_id: reqId }) => Object.assign(find(core, reqId), { leftOut: true }),
  amount: (core, { req_id: reqId, amount }) =>
    Object.assign(find(core, reqId), { charged: String(amount) }),
};

function add(core, cycle, { claims, signature = null, certificate = null }) {
  if (!OPEN.includes(core.clearing.cycle(cycle)?.status))
    throw new Refusal(400, `no open cycle: ${cycle}`);
  const id = keccak256(toHex(randomBytes(32)));
  const locked = core.ledger.lock(claims.user, claims.asset, BigInt(claims.amount));
  const more = { claims, signature, certificate, locked, planted: true };
  const row = { id, cycle, status: "FINALIZED_PAYABLE", ...more };
  core.ledger.guarantees.set(id, row);
  return row;
}

function find({ ledger, clearing }, reqId) {
  const number = String(BigInt(reqId));
  const row = [...ledger.guarantees.values()].find(({ claims }) => claims.reqId === number);
  if (!row) throw new Refusal(400, `no guarantee has req_id ${reqId}`);
  if (!OPEN.includes(clearing.cycle(row.cycle).status))
    throw new Refusal(400, `cycle ${row.cycle} is netted`);
  return row;
}
