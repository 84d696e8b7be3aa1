// The bytes Core signs: an envelope of version and inner claims.
import { encodeAbiParameters, keccak256, stringToHex } from "viem";

const words = (...types) => types.map((type) => ({ type }));
const BASE = words(
  "bytes32",
  "uint256",
  "uint256",
  "address",
  "address",
  "uint256",
  "address",
  "uint64",
  "uint64",
);
const POLICY = words(
  "address",
  "bytes32",
  "uint64",
  "address",
  "uint256",
  "uint8",
  "bytes32",
  "bytes32",
  "string",
);
// The layout before cycles had one word more: totalAmount after amount.
const TAB_BASE = [...BASE.slice(0, 6), ...words("uint256"), ...BASE.slice(6)];

export function certificateDomain(version, chainId, vault) {
  const name = `4MICA_CORE_GUARANTEE_V${version}`;
  return keccak256(
    encodeAbiParameters(words("string", "uint256", "address"), [name, BigInt(chainId), vault]),
  );
}

export const cycleNumber = (text) => BigInt(keccak256(stringToHex(text)));

/** The cycle a certificate names, read by position. */
export function cycleIn(bytes, version) {
  const word = version === 1 ? 4 : 5;
  return BigInt(`0x${bytes.slice(2 + 64 * word, 66 + 64 * word) || "0"}`);
}

const baseValues = (c, innerVersion) => [
  c.domain,
  c.cycleId,
  c.reqId,
  c.user,
  c.recipient,
  c.amount,
  c.asset,
  c.timestamp,
  BigInt(innerVersion),
];
const policyValues = (c) => [
  c.validationRegistryAddress,
  c.validationRequestHash,
  c.validationChainId,
  c.validatorAddress,
  c.validatorAgentId,
  c.minValidationScore,
  c.validationSubjectHash,
  c.jobHash,
  c.requiredValidationTag,
];

/** `c`: request fields plus domain and cycleId; version decides the layout. */
export function encodeCertificate(
  c,
  { shownVersion = c.version, innerVersion = shownVersion } = {},
) {
  const values = baseValues(c, innerVersion);
  if (c.version === 1) return envelope(shownVersion, encodeAbiParameters(BASE, values));
  const tuple = { type: "tuple", components: [...BASE, ...POLICY].map(named) };
  const all = [...values, ...policyValues(c)];
  return envelope(
    shownVersion,
    encodeAbiParameters([tuple], [Object.fromEntries(all.map((v, i) => [`f${i}`, v]))]),
  );
}

const named = (field, i) => ({ ...field, name: `f${i}` });

/** V1 in the layout of the tab generation. */
export function encodeTenWords(c) {
  const values = baseValues(c, c.version);
  return envelope(
    c.version,
    encodeAbiParameters(TAB_BASE, [...values.slice(0, 6), c.amount, ...values.slice(6)]),
  );
}

function envelope(version, inner) {
  return encodeAbiParameters(words("uint64", "bytes"), [BigInt(version), inner]);
}
