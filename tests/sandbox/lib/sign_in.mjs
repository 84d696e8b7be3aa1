// Signing in to Core as any client must: nonce, message, signature, tokens.
import { getAddress } from "viem";

/** `post(path, body)` talks to Core; returns Core's token answer. */
export async function signIn(post, account) {
  const { address } = account;
  const message = signInText(address, await post("/auth/nonce", { address }));
  const signature = await account.signMessage({ message });
  return post("/auth/verify", { address, message, signature });
}

export function signInText(address, { nonce, siwe }) {
  return [
    `${siwe.domain} wants you to sign in with your Ethereum account:`,
    getAddress(address),
    "",
    siwe.statement,
    "",
    `URI: ${siwe.uri}`,
    "Version: 1",
    `Chain ID: ${siwe.chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${siwe.issuedAt}`,
    `Expiration Time: ${siwe.expiration}`,
  ].join("\n");
}
