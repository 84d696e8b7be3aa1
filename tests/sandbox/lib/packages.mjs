// Packages that tests outside this folder borrow: they are installed here only.
export { bls12_381 } from "@noble/curves/bls12-381.js";
export { encodeAbiParameters, keccak256, stringToHex, toHex } from "viem";
