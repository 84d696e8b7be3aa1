// What Core tells about one wallet: balances, payments, suspension.
import { Refusal, jsonBody } from "../lib/serve.mjs";
import { hexMin, readAddress, unfit } from "./numbers.mjs";

export function accountRoutes(core) {
  const { ledger, tokens, collateral } = core;
  return {
    "GET /core/users/:user/assets/:asset": async (req, { user, asset }) => {
      tokens.require(req, "tab:read");
      await collateral.sync();
      return balanceInfo(ledger.balance(inPath(user), inPath(asset)));
    },
    // Payments on chain of the tab generation: there are none any more.
    "GET /core/recipients/:who/payments": async (req, { who }) => {
      if (tokens.require(req, "tab:read").sub !== inPath(who))
        throw new Refusal(401, "address mismatch");
      return [];
    },
    "POST /core/users/:user/suspension": async (req, { user }) => {
      if (tokens.require(req, "tab:read").role !== "admin")
        throw new Refusal(401, "admin role required");
      const { suspended } = jsonBody(req);
      if (typeof suspended !== "boolean") throw unfit("suspended: expected a boolean");
      return suspend(core, inPath(user), suspended);
    },
  };
}

export function suspend({ ledger, clock }, user, suspended) {
  if (suspended) ledger.suspended.add(user);
  else ledger.suspended.delete(user);
  return { user_address: user, suspended, updated_at: clock() };
}

function balanceInfo(row) {
  if (!row) return null;
  return {
    user_address: row.user,
    asset_address: row.asset,
    total: hexMin(row.total),
    locked: hexMin(row.locked),
    version: row.version,
    updated_at: row.updatedAt,
  };
}

/** An address in a path that does not parse is a 500 in the real service. */
function inPath(text) {
  try {
    return readAddress(text, "address");
  } catch {
    throw new Refusal(500, "internal server error");
  }
}
