// Contracts on the fresh chain, and the money the accounts start with.
import { decodeFunctionResult, encodeDeployData, encodeFunctionData, numberToHex } from "viem";
import { accounts } from "./accounts.mjs";
import { START_USDC, USDC, USDC_NAME, VAULT } from "./config.mjs";
import { configureVault } from "./vault.mjs";

const admin = accounts.admin.address;

/** Returns {registry, token, vault}: an address, and callable contracts. */
export async function deployAll(chain, { SandUSDC, SandVault, SandRegistry }) {
  await transplant(chain, await deploy(chain, SandUSDC, [USDC_NAME]), USDC, 1);
  await transplant(chain, await deploy(chain, SandVault, [USDC]), VAULT, 0);
  const registry = await deploy(chain, SandRegistry, []);
  const token = contractAt(chain, USDC, SandUSDC.abi);
  await token.send("mint", accounts.ann.address, START_USDC);
  await token.send("mint", accounts.dee.address, START_USDC);
  await chain.call("anvil_setBalance", accounts.poor.address, "0x1");
  const vault = contractAt(chain, VAULT, SandVault.abi);
  await configureVault(vault);
  return { registry, token, vault };
}

async function deploy(chain, { abi, bytecode }, args) {
  const data = encodeDeployData({ abi, bytecode, args });
  const { contractAddress } = await chain.transact({ from: admin, data });
  return contractAddress;
}

/** Moves code and the first storage slots to a fixed address. */
async function transplant(chain, from, to, slots) {
  await chain.call("anvil_setCode", to, await chain.call("eth_getCode", from, "latest"));
  for (let i = 0; i < slots; i++) {
    const value = await chain.call("eth_getStorageAt", from, numberToHex(i), "latest");
    await chain.call("anvil_setStorageAt", to, numberToHex(i, { size: 32 }), value);
  }
}

function contractAt(chain, to, abi) {
  const encode = (functionName, args) => encodeFunctionData({ abi, functionName, args });
  return {
    send: (name, ...args) => chain.transact({ from: admin, to, data: encode(name, args) }),
    async read(functionName, ...args) {
      const data = await chain.call("eth_call", { to, data: encode(functionName, args) }, "latest");
      return decodeFunctionResult({ abi, functionName, data });
    },
  };
}
