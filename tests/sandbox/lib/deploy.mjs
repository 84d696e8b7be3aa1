// Contracts on the fresh chain, and the money the accounts start with.
import {
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  numberToHex,
} from "viem";
import { accounts } from "./accounts.mjs";
import { START_USDC, TIMING, USDC, USDC_NAME, VAULT } from "./config.mjs";
import { configureVault } from "./vault.mjs";

const admin = accounts.admin.address;

// The habits of OddToken, in the order of its modes.
const ODD = {
  returns_false: 1,
  returns_nothing: 2,
  reverts_string: 3,
  custom_errors: 4,
  takes_fee: 5,
  zero_first: 6,
  liar: 7,
  nonsense: 8,
};

/**
 * Returns {registry, noReceive, vault, house, tokens, odd}: addresses, callable contracts (`tokens`
 * by address in lower case, `tokens.usdc` and `tokens.usdt` by name too; the clearing house is the
 * operator's to call), and the odd ones' addresses.
 */
export async function deployAll(chain, artifacts) {
  const { SandUSDC, SandVault, SandClearing, SandRegistry, NoReceive, OddToken } = artifacts;
  await transplant(chain, await deploy(chain, SandUSDC, [USDC_NAME]), USDC, 1);
  await transplant(chain, await deploy(chain, SandVault, []), VAULT, 0);
  const registry = await deploy(chain, SandRegistry, []);
  const noReceive = await deploy(chain, NoReceive, []);
  const usdt = await deploy(chain, OddToken, [0, "USDT"]);
  const odd = {};
  for (const [name, mode] of Object.entries(ODD))
    odd[name] = await deploy(chain, OddToken, [mode, `ODD${mode}`]);
  const operator = accounts.operator.address;
  const clearing = await deploy(chain, SandClearing, [operator]);

  const vault = contractAt(chain, VAULT, SandVault.abi);
  const house = contractAt(chain, clearing, SandClearing.abi, operator);
  const addresses = { ...odd, usdt, usdc: USDC };
  const tokens = {};
  for (const [name, address] of Object.entries(addresses)) {
    const abi = name === "usdc" ? SandUSDC.abi : OddToken.abi;
    tokens[name] = tokens[address.toLowerCase()] = contractAt(chain, address, abi);
    await vault.send("listToken", address);
  }
  await vault.send("setTimingParameters", ...TIMING);
  await configureVault(vault);
  await chain.call("anvil_setBalance", accounts.poor.address, "0x1");
  return { registry, noReceive, vault, house, tokens, odd };
}

/** What Ann and Dee start with: the same on chain and in the vault. */
export async function endow(bank) {
  for (const { address } of [accounts.ann, accounts.dee]) {
    await bank.mint(address, USDC, START_USDC);
    await bank.deposit(address, USDC, START_USDC);
  }
}

async function deploy(chain, { abi, bytecode }, args) {
  const data = encodeDeployData({ abi, bytecode, args });
  const { contractAddress } = await chain.transact({ from: admin, data });
  return getAddress(contractAddress);
}

/** Moves code and the first storage slots to a fixed address. */
async function transplant(chain, from, to, slots) {
  await chain.call("anvil_setCode", to, await chain.call("eth_getCode", from, "latest"));
  for (let i = 0; i < slots; i++) {
    const value = await chain.call("eth_getStorageAt", from, numberToHex(i), "latest");
    await chain.call("anvil_setStorageAt", to, numberToHex(i, { size: 32 }), value);
  }
}

function contractAt(chain, to, abi, from = admin) {
  const encode = (functionName, args) => encodeFunctionData({ abi, functionName, args });
  return {
    address: to,
    abi,
    encode: (name, ...args) => encode(name, args),
    send: (name, ...args) => chain.transact({ from, to, data: encode(name, args) }),
    pay: (value, name, ...args) =>
      chain.transact({ from, to, value: numberToHex(value), data: encode(name, args) }),
    async read(functionName, ...args) {
      const data = await chain.call("eth_call", { to, data: encode(functionName, args) }, "latest");
      return decodeFunctionResult({ abi, functionName, data });
    },
  };
}
