// Guarantee requests: from the wire to fields, and the digests a payer signs.
import {
  encodeAbiParameters,
  hashMessage,
  hashTypedData,
  keccak256,
  recoverAddress,
  stringToHex,
  toHex,
} from "viem";
import { readAddress, readHash, readInteger, readText, readU256, unfit } from "./numbers.mjs";

const FIELDS_V1 = [
  { name: "user", type: "address" },
  { name: "recipient", type: "address" },
  { name: "reqId", type: "uint256" },
  { name: "amount", type: "uint256" },
  { name: "asset", type: "address" },
  { name: "timestamp", type: "uint64" },
];
const FIELDS_V2 = [
  ...FIELDS_V1,
  { name: "validationRegistryAddress", type: "address" },
  { name: "validationRequestHash", type: "bytes32" },
  { name: "validationChainId", type: "uint256" },
  { name: "validatorAddress", type: "address" },
  { name: "validatorAgentId", type: "uint256" },
  { name: "minValidationScore", type: "uint8" },
  { name: "validationSubjectHash", type: "bytes32" },
  { name: "jobHash", type: "bytes32" },
  { name: "requiredValidationTag", type: "string" },
];
const FORMS = {
  1: { primaryType: "SolGuaranteeRequestClaimsV1", fields: FIELDS_V1 },
  2: { primaryType: "SolGuaranteeRequestClaimsV2", fields: FIELDS_V2 },
};
const ZERO_HASH = `0x${"0".repeat(64)}`;
const SUBJECT_DOMAIN = keccak256(stringToHex("4MICA_VALIDATION_SUBJECT_V1"));
const REQUEST_DOMAIN = keccak256(stringToHex("4MICA_VALIDATION_REQUEST_V2"));

/** The wire's claims object as typed fields; `sent` keeps the texts Core hashes. */
export function readClaims(wire) {
  const version = { v1: 1, v2: 2 }[wire?.version];
  if (!version) throw unfit("claims.version: expected `v1` or `v2`");
  const claims = {
    version,
    user: readAddress(wire.user_address, "user address"),
    recipient: readAddress(wire.recipient_address, "recipient address"),
    reqId: readU256(wire.req_id, "req_id"),
    amount: readU256(wire.amount, "amount"),
    asset: readAddress(wire.asset_address, "asset address"),
    timestamp: BigInt(readInteger(wire.timestamp, "timestamp")),
    sent: { user: wire.user_address, recipient: wire.recipient_address, asset: wire.asset_address },
  };
  return version === 1 ? claims : { ...claims, ...readPolicy(wire) };
}

function readPolicy(wire) {
  const policy = {
    validationRegistryAddress: readAddress(wire.validation_registry_address, "validation registry"),
    validationRequestHash: readHash(wire.validation_request_hash, "validation_request_hash"),
    validationChainId: BigInt(readInteger(wire.validation_chain_id, "validation_chain_id")),
    validatorAddress: readAddress(wire.validator_address, "validator address"),
    validatorAgentId: readU256(wire.validator_agent_id, "validator_agent_id"),
    minValidationScore: readInteger(wire.min_validation_score, "min_validation_score", 100),
    validationSubjectHash: readHash(wire.validation_subject_hash, "validation_subject_hash"),
    jobHash: readHash(wire.job_hash ?? ZERO_HASH, "job_hash"),
    requiredValidationTag: readText(wire.required_validation_tag ?? "", "required_validation_tag"),
  };
  if (policy.minValidationScore === 0)
    throw unfit("min_validation_score must be between 1 and 100");
  if (policy.jobHash === ZERO_HASH) throw unfit("job_hash must not be zero");
  return policy;
}

export function eip712Digest(claims, domain) {
  const { primaryType, fields } = FORMS[claims.version];
  return hashTypedData({ domain, primaryType, types: { [primaryType]: fields }, message: claims });
}

/** Personal-message hash of the raw encoding; a V2 tuple is dynamic: offset first. */
export function eip191Digest(claims) {
  const { fields } = FORMS[claims.version];
  const tuple = { type: "tuple", components: fields };
  return hashMessage({ raw: encodeAbiParameters([tuple], [claims]) });
}

/** Address that signed, or null when the signature cannot be one. */
export async function recoverSigner(claims, signature, scheme, domain) {
  const hash = scheme === "eip191" ? eip191Digest(claims) : eip712Digest(claims, domain);
  try {
    return (await recoverAddress({ hash, signature: tidySignature(signature) })).toLowerCase();
  } catch {
    return null;
  }
}

/** Core takes v as 0, 1, 27, 28 or from 35 on, with or without 0x. */
function tidySignature(signature) {
  const hex = signature.replace(/^0x/i, "");
  const v = parseInt(hex.slice(128), 16);
  const parity = v >= 35 ? (v - 35) % 2 : v >= 27 ? v - 27 : v;
  return `0x${hex.slice(0, 128)}${(27 + parity).toString(16)}`;
}

export function subjectHash({ reqId, user, recipient, amount, asset, timestamp }) {
  const types = ["bytes32", "uint256", "address", "address", "uint256", "address", "uint64"];
  return hashWords(types, [SUBJECT_DOMAIN, reqId, user, recipient, amount, asset, timestamp]);
}

export function requestHash(claims) {
  const types = [
    "bytes32",
    "uint256",
    "address",
    "address",
    "uint256",
    "bytes32",
    "uint8",
    "bytes32",
    "bytes32",
  ];
  return hashWords(types, [
    REQUEST_DOMAIN,
    claims.validationChainId,
    claims.validationRegistryAddress,
    claims.validatorAddress,
    claims.validatorAgentId,
    claims.validationSubjectHash,
    claims.minValidationScore,
    keccak256(stringToHex(claims.requiredValidationTag)),
    claims.jobHash,
  ]);
}

function hashWords(types, values) {
  return keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      values,
    ),
  );
}

/** The key under which Core remembers a request: texts as sent, not addresses. */
export function guaranteeId(cycleText, { sent, reqId, version }) {
  const parts = [
    "4MICA_CYCLE_GUARANTEE_V1",
    cycleText,
    sent.user,
    sent.recipient,
    sent.asset,
    reqId,
    version,
  ];
  const framed = parts.map(String).flatMap((part) => {
    const bytes = Buffer.from(part, "utf8");
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    return [length, bytes];
  });
  return keccak256(toHex(Buffer.concat(framed)));
}
