// Sign-in with an Ethereum account: nonce, message, tokens.
import { randomUUID } from "node:crypto";
import { isAddress, recoverMessageAddress } from "viem";
import { CHAIN_ID } from "../lib/config.mjs";
import { Refusal, jsonBody } from "../lib/serve.mjs";
import { readText } from "./numbers.mjs";

const NONCE_SECS = 300;
const STATEMENT = "Sign in to 4mica.";
const MESSAGE = new RegExp(
  [
    "^(?<domain>[^\\n]+) wants you to sign in with your Ethereum account:",
    "(?<address>0x[0-9a-fA-F]{40})",
    "",
    "(?<statement>[^\\n]*)",
    "",
    "URI: (?<uri>[^\\n]*)",
    "Version: (?<version>[^\\n]*)",
    "Chain ID: (?<chainId>\\d+)",
    "Nonce: (?<nonce>[^\\n]*)",
    "Issued At: (?<issuedAt>[^\\n]*)",
    "Expiration Time: (?<expiration>[^\\n]*)$",
  ].join("\\n"),
);

/** What a client is asked to sign; Core itself goes on to expect the honest text. */
const ODD_SIWE = {
  siwe_domain: (siwe, arg) => ({ ...siwe, domain: arg ?? "core.example" }),
  siwe_uri: (siwe, arg) => ({ ...siwe, uri: arg ?? "https://core.example" }),
  siwe_chain: (siwe, arg) => ({ ...siwe, chainId: arg ?? 8453 }),
  siwe_statement: (siwe, arg) => ({ ...siwe, statement: arg ?? "one line\nand another" }),
  siwe_expiry: (siwe, arg) => ({
    ...siwe,
    expiration: timeText(Math.floor(Date.parse(siwe.issuedAt) / 1000) + (arg ?? -60)),
  }),
  siwe_snake_case: ({ chainId, issuedAt, ...siwe }) => ({
    ...siwe,
    chain_id: chainId,
    issued_at: issuedAt,
  }),
};

export function authRoutes(core) {
  const { tokens, clock } = core;
  return {
    "POST /auth/nonce": async (req) => {
      const address = readWallet(jsonBody(req).address);
      const nonce = randomUUID();
      core.nonces.set(nonce, { address, expires: clock() + NONCE_SECS, used: false });
      const issued = clock();
      const siwe = {
        domain: new URL(core.url).host,
        uri: core.url,
        chainId: CHAIN_ID,
        statement: STATEMENT,
        expiration: timeText(issued + NONCE_SECS),
        issuedAt: timeText(issued),
      };
      const fault = core.faults.take("core", "/auth/nonce", Object.keys(ODD_SIWE));
      return { nonce, siwe: fault ? ODD_SIWE[fault.fault](siwe, fault.arg) : siwe };
    },
    "POST /auth/verify": async (req) => {
      const { address, message, signature } = jsonBody(req);
      const wallet = readWallet(address);
      checkMessage(core, wallet, readText(message, "message"));
      await checkSigner(wallet, message, readText(signature, "signature"));
      return tokens.issue(wallet);
    },
    "POST /auth/refresh": async (req) =>
      tokens.refresh(readText(jsonBody(req).refresh_token, "refresh_token")),
    "POST /auth/logout": async (req) => ({
      revoked: tokens.revoke(readText(jsonBody(req).refresh_token, "refresh_token")),
    }),
  };
}

function checkMessage(core, wallet, message) {
  const parts = MESSAGE.exec(message)?.groups;
  if (!parts) throw new Refusal(400, "invalid siwe message: unexpected layout");
  const insist = (holds, text) => {
    if (!holds) throw new Refusal(401, text);
  };
  insist(parts.address.toLowerCase() === wallet, "address mismatch");
  insist(parts.domain.toLowerCase() === new URL(core.url).host, "siwe domain mismatch");
  insist(parts.uri === core.url, "siwe uri mismatch");
  insist(parts.statement === STATEMENT, "siwe statement mismatch");
  insist(parts.version === "1", "invalid siwe version");
  insist(Number(parts.chainId) === CHAIN_ID, "invalid chain id");
  insist(Date.parse(parts.expiration) / 1000 > core.clock(), "message expired");
  const nonce = core.nonces.get(parts.nonce);
  insist(nonce && nonce.expires > core.clock(), "nonce not found or expired");
  insist(nonce.address === wallet, "nonce not valid");
  insist(!nonce.used, "nonce already used");
  nonce.used = true;
}

async function checkSigner(wallet, message, signature) {
  let signer;
  try {
    signer = await recoverMessageAddress({ message, signature });
  } catch {
    throw new Refusal(400, "signature recovery failed");
  }
  if (signer.toLowerCase() !== wallet) throw new Refusal(400, "Invalid signature");
}

function readWallet(address) {
  if (!isAddress(readText(address, "address"), { strict: false }))
    throw new Refusal(400, "invalid address");
  return address.toLowerCase();
}

/** Nine digits and a numeric zone, as the real service writes times. */
function timeText(seconds) {
  return new Date(seconds * 1000).toISOString().replace("Z", "123456+00:00");
}
