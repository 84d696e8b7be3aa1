// Issuing a guarantee: every check in Core's own order, then lock, sign, store.
import { CHAIN_ID, GUARANTEE_VERSIONS, SIGNING_DOMAIN } from "../lib/config.mjs";
import { Refusal, jsonBody } from "../lib/serve.mjs";
import { cycleNumber } from "./certificate.mjs";
import {
  guaranteeId,
  readClaims,
  recoverSigner,
  requestHash,
  subjectHash,
} from "./claims.mjs";
import { hexMin, readText, unfit } from "./numbers.mjs";
import { CERTIFICATE_FAULTS, makeCertificate } from "./tamper.mjs";

const ROUTE = "/core/guarantees";

export function guaranteeRoutes(core) {
  return {
    [`POST ${ROUTE}`]: async (req) => {
      const caller = core.tokens.require(req, "guarantee:issue");
      const { claims, signature, scheme } = readRequest(req);
      const note = (req.entry.guarantee = describe(claims, signature));
      try {
        checkCaller(caller, claims);
        await checkSignature(claims, signature, scheme);
        await core.collateral.sync();
        const place = checkPlace(core, claims);
        checkPolicy(core, claims);
        const certificate = issue(core, { claims, signature, ...place });
        note.result = "issued";
        return certificate;
      } catch (error) {
        note.result = error.message;
        throw error;
      }
    },
  };
}

function readRequest(req) {
  const body = jsonBody(req);
  const claims = readClaims(body.claims);
  const signature = readText(body.signature, "signature");
  if (!["eip712", "eip191"].includes(body.scheme))
    throw unfit("scheme: expected `eip712` or `eip191`");
  return { claims, signature, scheme: body.scheme };
}

function checkCaller(caller, claims) {
  if (caller.sub !== claims.recipient && caller.role !== "facilitator")
    throw new Refusal(
      401,
      "recipient address does not match token subject and role is not facilitator",
    );
  if (!GUARANTEE_VERSIONS.includes(claims.version))
    throw new Refusal(
      400,
      `guarantee request version ${claims.version} is not accepted; accepted versions are [1, 2]`,
    );
}

async function checkSignature(claims, signature, scheme) {
  const hex = signature.replace(/^0x/i, "");
  if (!/^[0-9a-f]*$/i.test(hex)) throw new Refusal(400, "invalid hex signature");
  if (hex.length !== 130) throw new Refusal(400, "invalid signature length");
  const signer = await recoverSigner(claims, signature, scheme, SIGNING_DOMAIN);
  if (!signer) throw new Refusal(400, "signature recovery failed");
  if (signer !== claims.user) throw new Refusal(400, "Invalid signature");
}

/** Payer, recipient, cycle, identity and time; returns where it will be stored. */
function checkPlace(core, claims) {
  const { ledger } = core;
  if (!ledger.isRegistered(claims.user)) throw new Refusal(400, "user not registered");
  if ([claims.user, claims.recipient].some((party) => ledger.suspended.has(party)))
    throw new Refusal(403, "user suspended");
  const now = BigInt(core.clock());
  const cycle = core.clearing.open(claims.asset);
  const id = guaranteeId(cycle, claims);
  if (ledger.guarantees.has(id)) throw duplicate(core, claims);
  if (claims.timestamp > now) throw new Refusal(400, "timestamp is in the future");
  return { cycle, id };
}

function duplicate(core, { reqId }) {
  const status = core.faults.take("core", ROUTE, ["duplicate_409"]) ? 409 : 400;
  return new Refusal(status, `another guarantee with req_id ${reqId} already exists`);
}

function checkPolicy(core, claims) {
  if (claims.version !== 2) return;
  if (
    !core.registries.some((registry) => registry.toLowerCase() === claims.validationRegistryAddress)
  )
    throw new Refusal(
      400,
      `validation registry ${claims.validationRegistryAddress} is not trusted`,
    );
  if (claims.validationChainId !== BigInt(CHAIN_ID))
    throw new Refusal(
      400,
      `validation_chain_id ${claims.validationChainId} must match core chain_id ${CHAIN_ID}`,
    );
  if (subjectHash(claims) !== claims.validationSubjectHash)
    throw new Refusal(400, "validation_subject_hash is not canonical for these claims");
  if (requestHash(claims) !== claims.validationRequestHash)
    throw new Refusal(400, "validation_request_hash is not canonical for these claims");
}

function issue(core, { claims, signature, cycle, id }) {
  if (!core.ledger.lock(claims.user, claims.asset, claims.amount))
    throw new Refusal(400, "Not enough free collateral");
  const signed = { ...claims, domain: core.domains[claims.version], cycleId: cycleNumber(cycle) };
  const fault = core.faults.take("core", ROUTE, CERTIFICATE_FAULTS);
  const certificate = makeCertificate(core.keys, signed, fault);
  const status = claims.version === 2 ? "PENDING_VALIDATION" : "FINALIZED_PAYABLE";
  const row = { id, cycle, status, locked: true, ...describe(claims, signature), certificate };
  core.ledger.guarantees.set(id, row);
  return certificate;
}

/** The plain form kept in the journal and in the list of guarantees. */
function describe({ sent, ...claims }, signature) {
  const plain = Object.entries(claims).map(([name, value]) => [
    name,
    typeof value === "bigint" ? String(value) : value,
  ]);
  return { claims: Object.fromEntries(plain), amount_hex: hexMin(claims.amount), signature };
}
