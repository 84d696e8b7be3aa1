// Certificates as viem writes them, and what the rules say of their fields: all that is not BLS.
import { encodeAbiParameters, keccak256, stringToHex } from "../sandbox/lib/packages.mjs";

const COMMON = [
  ["domain", "bytes32"],
  ["cycle_id", "uint256"],
  ["req_id", "uint256"],
  ["payer", "address"],
  ["recipient", "address"],
  ["amount", "uint256"],
  ["asset", "address"],
  ["timestamp", "uint64"],
  ["version", "uint64"],
];
// The tag is text on the wire; as bytes it is laid out the same, and may be no UTF-8.
const POLICY = [
  ["registry", "address"],
  ["request_hash", "bytes32"],
  ["chain_id", "uint64"],
  ["validator", "address"],
  ["agent_id", "uint256"],
  ["min_score", "uint8"],
  ["subject_hash", "bytes32"],
  ["job_hash", "bytes32"],
  ["tag", "bytes"],
];
const TAB = [...COMMON.slice(0, 6), ["amount", "uint256"], ...COMMON.slice(6)];
const FIELDS = { 1: COMMON, 2: [...COMMON, ...POLICY] };

const param = ([name, type]) => ({ name, type });
const abi = (types, values) =>
  encodeAbiParameters(
    types.map((type) => ({ type })),
    values,
  );
const toBytes = (hex) => Buffer.from(hex.slice(2), "hex");
const valuesOf = (fields, c) => fields.map(([name]) => c[name]);

export const envelope = (version, inner) =>
  toBytes(abi(["uint64", "bytes"], [version, `0x${inner.toString("hex")}`]));
export const encodeFlat = (fields, c) =>
  toBytes(encodeAbiParameters(fields.map(param), valuesOf(fields, c)));
const encodeTuple = (fields, c) =>
  toBytes(encodeAbiParameters([{ type: "tuple", components: fields.map(param) }], [c]));

/** What is inside the envelope. */
export const innerOf = (c) => (c.layout === 1 ? encodeFlat(COMMON, c) : encodeTuple(FIELDS[2], c));
/** `c.layout` decides the fields, `c.version` is what they say, `shown` what the envelope says. */
export const encodeCertificate = (c, shown = c.version) => envelope(shown, innerOf(c));
export const encodeTenWords = (c) => envelope(c.version, encodeFlat(TAB, c));
/** The forms only the SDK reads: V1 without envelope, V2 without the tuple's offset. */
export const encodeLegacy = (c) =>
  c.layout === 1 ? innerOf(c) : envelope(c.version, encodeFlat(FIELDS[2], c));

/** The certificate these bytes are the encoding of; null when they are nobody's: what is read where
 *  the fields should be is encoded again, and must give the bytes. */
export function readCertificate(bytes, legacy) {
  const bare = bytes.length === 288;
  const tries = [
    [96, 1, false],
    [128, 2, false],
    ...(legacy ? [[bare ? 0 : 96, bare ? 1 : 2, true]] : []),
  ];
  for (const [start, layout, old] of tries) {
    try {
      const c = readFields(bytes, start, layout);
      const again = old ? encodeLegacy(c) : encodeCertificate(c);
      if (c.version === BigInt(layout) && again.equals(bytes)) return c;
    } catch {
      // a value that does not fit its type has no encoding
    }
  }
  return null;
}

function readFields(bytes, start, layout) {
  const c = { layout };
  FIELDS[layout].forEach(([name, type], i) => {
    const word = `0x${bytes.subarray(start + 32 * i, start + 32 * i + 32).toString("hex")}`;
    if (word.length !== 66) throw new RangeError("too short");
    c[name] = type === "bytes32" ? word : type === "address" ? `0x${word.slice(26)}` : BigInt(word);
  });
  c.min_score = layout === 2 ? Number(c.min_score) : undefined;
  if (layout === 2) c.tag = readTag(bytes, start + 32 * 18);
  return c;
}

function readTag(bytes, at) {
  const length = BigInt(`0x${bytes.subarray(at, at + 32).toString("hex")}`);
  if (length > bytes.length) throw new RangeError("too long");
  return `0x${bytes.subarray(at + 32, at + 32 + Number(length)).toString("hex")}`;
}

export const domainOf = (version, chainId, vault) =>
  keccak256(
    abi(["string", "uint256", "address"], [`4MICA_CORE_GUARANTEE_V${version}`, chainId, vault]),
  );

const SUBJECT_DOMAIN = keccak256(stringToHex("4MICA_VALIDATION_SUBJECT_V1"));
const REQUEST_DOMAIN = keccak256(stringToHex("4MICA_VALIDATION_REQUEST_V2"));
export const subjectHash = (c) =>
  keccak256(
    abi(
      ["bytes32", "uint256", "address", "address", "uint256", "address", "uint64"],
      [SUBJECT_DOMAIN, c.req_id, c.payer, c.recipient, c.amount, c.asset, c.timestamp],
    ),
  );
export const requestHash = (c) =>
  keccak256(
    abi(
      [
        ...["bytes32", "uint256", "address", "address", "uint256", "bytes32", "uint8"],
        ...["bytes32", "bytes32"],
      ],
      [
        ...[REQUEST_DOMAIN, c.chain_id, c.registry, c.validator, c.agent_id, c.subject_hash],
        ...[c.min_score, keccak256(c.tag), c.job_hash],
      ],
    ),
  );
/** Both hashes as they should be. */
export function bound(c) {
  const out = { ...c, subject_hash: subjectHash(c) };
  return { ...out, request_hash: requestHash(out) };
}

const ZERO_HASH = `0x${"0".repeat(64)}`;
export const isUtf8 = (hex) => {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(toBytes(hex));
    return true;
  } catch {
    return false;
  }
};

export const policyHolds = (c, trust) =>
  c.min_score >= 1 &&
  c.min_score <= 100 &&
  c.job_hash !== ZERO_HASH &&
  isUtf8(c.tag) &&
  c.subject_hash === subjectHash(c) &&
  c.request_hash === requestHash(c) &&
  c.chain_id === trust.chain_id &&
  (trust.registries.length === 0 || trust.registries.includes(c.registry));
