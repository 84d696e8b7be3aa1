// The tests' own door: arm faults, read the journal, hand out money, start afresh.
import { suspend } from "../core/accounts.mjs";
import { readAddress, readU256 } from "../core/numbers.mjs";
import { ChainError } from "./chain.mjs";
import { NATIVE_ASSET, USDC } from "./config.mjs";
import { cycleControl } from "./cycle_control.mjs";
import { CATALOGUE, UnknownFault } from "./faults.mjs";
import { Refusal, jsonBody, router, serve } from "./serve.mjs";
import { bendChain } from "./time_machine.mjs";
import { bendVault } from "./vault.mjs";

const GAS_WEI = 10n ** 18n;

export function startControl(world, parts) {
  const { faults, journal } = world;
  const { core, bank, reset } = parts;
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
      await deposit(bank, readAddress(user, "user"), asset, amount);
      return { ok: true };
    },
    "POST /_ctl/fund": async (req) => fund(bank, jsonBody(req)),
    "GET /_ctl/account": async ({ query_params: query }) =>
      account(parts, readAddress(query.get("address"), "address"), query.get("asset") ?? USDC),
    "POST /_ctl/suspend": async (req) => {
      const { user, suspended = true } = jsonBody(req);
      return suspend(core, readAddress(user, "user"), suspended);
    },
    "POST /_ctl/authority": async (req) => {
      const { address, role = "user", scopes = ["tab:read"] } = jsonBody(req);
      core.tokens.grant(readAddress(address, "address"), role, scopes);
      return { ok: true };
    },
    ...cycleControl(parts),
    "POST /_ctl/vault": async (req) => (await bendVault(bank, jsonBody(req)), { ok: true }),
    "POST /_ctl/chain": async (req) => bendChain(parts, jsonBody(req)),
    "POST /_ctl/reset": async () => (await reset(), { ok: true }),
  };
  return serve(world, "control", withChainWords(router(routes)));
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

/** What the node refused is told in its own words. */
function withChainWords(handle) {
  return async (req, res) => {
    try {
      await handle(req, res);
    } catch (error) {
      throw error instanceof ChainError ? new Refusal(400, error.message) : error;
    }
  };
}

async function deposit(bank, user, asset, amount) {
  const value = readU256(String(amount), "amount");
  if (value > 0n) await bank.deposit(user, bank.asset(asset), value);
}

/** A new wallet: gas, tokens on chain and collateral, each if asked for. */
async function fund(
  bank,
  { address, wei = GAS_WEI, usdc = 0, credit = 0, tokens = {}, vault = {} },
) {
  const wallet = readAddress(address, "address");
  await bank.setBalance(wallet, wei);
  for (const [asset, amount] of Object.entries({ usdc, ...tokens }))
    if (BigInt(amount) > 0n) await bank.mint(wallet, asset, amount);
  await deposit(bank, wallet, USDC, credit);
  for (const [asset, amount] of Object.entries(vault))
    await deposit(bank, wallet, asset, amount);
  return { ok: true };
}

/** Money of a wallet, on chain, in the vault and with Core, in decimal text. */
async function account({ core, bank, vault }, address, text) {
  const asset = bank.asset(text);
  await core.collateral.sync();
  const row = core.ledger.balance(address, asset) ?? {};
  const { total = 0n, locked = 0n, pendingWithdrawal = 0n } = row;
  const [collateral, requestedAt, requested] = await vault.read("getUser", address, asset);
  const wei = await bank.balance(address);
  const plain = {
    wei,
    usdc: await bank.token(USDC).read("balanceOf", address),
    balance: asset === NATIVE_ASSET ? wei : await bank.token(asset).read("balanceOf", address),
    collateral,
    requested,
    requested_at: requestedAt,
    core_total: total,
    core_locked: locked,
    core_pending: pendingWithdrawal,
  };
  const texts = Object.entries(plain).map(([name, value]) => [name, String(value)]);
  return { address, asset, ...Object.fromEntries(texts) };
}
