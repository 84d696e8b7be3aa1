// Access and refresh tokens, and the authority a wallet has with Core.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { accounts } from "../lib/accounts.mjs";
import { CHAIN_ID } from "../lib/config.mjs";
import { Refusal } from "../lib/serve.mjs";

const ACCESS_SECS = 900;
const REFRESH_SECS = 30 * 86400;
const NEW_WALLET = { role: "user", scopes: ["tab:read"] };

export class Tokens {
  #secret = randomBytes(32);

  constructor(clock, faults) {
    Object.assign(this, { clock, faults });
    this.reset();
  }

  reset() {
    this.refreshTokens = new Map();
    this.authorities = new Map();
    this.grant(accounts.bob.address, "user", ["tab:read", "guarantee:issue"]);
    this.grant(accounts.facilitator.address, "facilitator", ["tab:read", "guarantee:issue"]);
    this.grant(accounts.admin.address, "admin", ["tab:create", "tab:read", "guarantee:issue"]);
  }

  grant(address, role, scopes) {
    this.authorities.set(address.toLowerCase(), { role, scopes });
  }

  issue(address) {
    const refresh = `refresh_${randomBytes(32).toString("hex")}`;
    this.refreshTokens.set(refresh, { address, expires: this.clock() + REFRESH_SECS, used: false });
    const short = this.faults.take("core", null, ["short_tokens"]);
    const life = short ? Number(short.arg ?? 1) : ACCESS_SECS;
    return { access_token: this.#access(address, life), refresh_token: refresh, expires_in: life };
  }

  /** A refresh token dies with use, so that a stolen copy shows. */
  refresh(token) {
    const row = this.refreshTokens.get(token);
    const refused = this.faults.take("core", "/auth/refresh", ["refuse_refresh"]);
    if (refused) throw new Refusal(401, String(refused.arg ?? "invalid refresh token"));
    if (!row) throw new Refusal(401, "invalid refresh token");
    if (row.used) throw new Refusal(401, "refresh token already used");
    if (row.expires <= this.clock()) throw new Refusal(401, "refresh token expired");
    row.used = true;
    return this.issue(row.address);
  }

  revoke(token) {
    return this.refreshTokens.delete(token);
  }

  /** The caller behind a request, who must hold the scope. */
  require(req, scope) {
    const header = req.headers.authorization;
    if (!header) throw new Refusal(401, "missing authorization");
    const token = /^bearer (.+)$/i.exec(header)?.[1];
    if (!token) throw new Refusal(401, "missing bearer token");
    const caller = this.#open(token);
    const refused = this.faults.take("core", req.path_name, ["refuse_access"]);
    if (refused) throw new Refusal(401, String(refused.arg ?? "invalid access token"));
    req.entry.caller = caller.sub;
    if (!caller.scopes.includes(scope)) throw new Refusal(401, "missing scope");
    return caller;
  }

  #access(address, life) {
    const { role, scopes } = this.authorities.get(address) ?? NEW_WALLET;
    const claims = {
      sub: address,
      role,
      scopes,
      chain_id: CHAIN_ID,
      exp: this.clock() + life,
    };
    const text = [{ alg: "HS256", typ: "JWT" }, claims].map(encodePart).join(".");
    return `${text}.${this.#mac(text).toString("base64url")}`;
  }

  #open(token) {
    const [head, body, mac, ...rest] = token.split(".");
    const given = Buffer.from(mac ?? "", "base64url");
    const expected = this.#mac(`${head}.${body}`);
    const genuine =
      rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected);
    const claims = genuine && JSON.parse(Buffer.from(body, "base64url").toString());
    if (!claims || claims.exp <= this.clock()) throw new Refusal(401, "invalid access token");
    if (claims.chain_id !== CHAIN_ID) throw new Refusal(401, "invalid chain id");
    return claims;
  }

  #mac(text) {
    return createHmac("sha256", this.#secret).update(text).digest();
  }
}

const encodePart = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
