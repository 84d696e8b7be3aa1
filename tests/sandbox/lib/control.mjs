// The tests' own door: arm faults, read the journal, hand out money, start afresh.
import { numberToHex } from "viem";
import { suspend } from "../core/accounts.mjs";
import { readAddress, readU256 } from "../core/numbers.mjs";
import { USDC } from "./config.mjs";
import { CATALOGUE, UnknownFault } from "./faults.mjs";
import { Refusal, jsonBody, router, serve } from "./serve.mjs";
import { bendVault } from "./vault.mjs";

const GAS_WEI = 10n ** 18n;

export function startControl(world, { chain, core, token, vault, reset }) {
  const { faults, journal } = world;
  const routes = {
    "GET /healthz": async () => ({ status: "ok" }),
    "GET /_ctl/faults": async () => CATALOGUE,
    "GET /_ctl/fault": async () => faults.list(),
    "DELETE /_ctl/fault": async () => (faults.reset(), { ok: true }),
    "POST /_ctl/fault": async (req) => (arm(faults, jsonBody(req)), { ok: true }),
    "GET /_ctl/log": async ({ query_params: query }) =>
      journal.select({
        service: query.get("service"),
        path: query.get("path"),
        since: Number(query.get("since") ?? 0),
      }),
    "GET /_ctl/guarantees": async () => [...core.ledger.guarantees.values()],
    "POST /_ctl/credit": async (req) => {
      const { user, asset = USDC, amount } = jsonBody(req);
      credit(core, user, asset, amount);
      return { ok: true };
    },
    "POST /_ctl/fund": async (req) => fund({ chain, core, token }, jsonBody(req)),
    "GET /_ctl/account": async ({ query_params: query }) =>
      account({ chain, core, token }, readAddress(query.get("address"), "address")),
    "POST /_ctl/suspend": async (req) => {
      const { user, suspended = true } = jsonBody(req);
      return suspend(core, readAddress(user, "user"), suspended);
    },
    "POST /_ctl/authority": async (req) => {
      const { address, role = "user", scopes = ["tab:read"] } = jsonBody(req);
      core.tokens.grant(readAddress(address, "address"), role, scopes);
      return { ok: true };
    },
    "POST /_ctl/vault": async (req) => (await bendVault(vault, jsonBody(req)), { ok: true }),
    "POST /_ctl/reset": async () => (await reset(), { ok: true }),
  };
  return serve(world, "control", router(routes));
}

function arm(faults, order) {
  try {
    faults.arm(order);
  } catch (error) {
    if (error instanceof UnknownFault || error instanceof TypeError)
      throw new Refusal(400, error.message);
    throw error;
  }
}

function credit(core, user, asset, amount) {
  core.ledger.credit(
    readAddress(user, "user"),
    readAddress(asset, "asset"),
    readU256(String(amount), "amount"),
  );
}

/** A new wallet: gas, tokens on chain and collateral, each if asked for. */
async function fund(
  { chain, core, token },
  { address, wei = GAS_WEI, usdc = 0, credit: collateral = 0 },
) {
  const wallet = readAddress(address, "address");
  await chain.call("anvil_setBalance", wallet, numberToHex(BigInt(wei)));
  if (BigInt(usdc) > 0n) await token.send("mint", wallet, BigInt(usdc));
  if (BigInt(collateral) > 0n) credit(core, wallet, USDC, collateral);
  return { ok: true };
}

/** Money of a wallet, on chain and with Core, in decimal text. */
async function account({ chain, core, token }, address) {
  const { total = 0n, locked = 0n } = core.ledger.balance(address, USDC) ?? {};
  return {
    address,
    wei: String(BigInt(await chain.call("eth_getBalance", address, "latest"))),
    usdc: String(await token.read("balanceOf", address)),
    core_total: String(total),
    core_locked: String(locked),
  };
}
