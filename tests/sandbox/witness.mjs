// What the chain says, asked and told by other code than the program under test:
//   witness.mjs state ADDRESS     balances, allowances to the vault, collateral, transactions made
//   witness.mjs events ADDRESS    what the vault announced about it, oldest first
//   witness.mjs sent ADDRESS      its transactions in blocks: hash, nonce, to, status
//   witness.mjs sign KEY TX       the bytes of a type-2 transaction (JSON, decimal texts)
//   witness.mjs send RAW          hands bytes to the node: the hash they are known by
//   witness.mjs cycle ID [ADDRESS]   what the clearing house says of a cycle (by its text id or
//                                 hash), and of a participant; null: not committed
//   witness.mjs cleared ADDRESS   what the clearing house announced about it, oldest first
//   witness.mjs serve             prints a URL; POST ["state","0x..."] there asks the same, for starting
//                                 Node each time takes longer than most of what is tested
// $SANDBOX says where. Answers are JSON, numbers are decimal texts.
import { createServer } from "node:http";
import {
  createPublicClient,
  getAddress,
  http,
  keccak256,
  parseAbi,
  stringToHex,
  zeroAddress,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const sandbox = JSON.parse(process.env.SANDBOX);
const client = createPublicClient({ transport: http(sandbox.rpc), cacheTime: 0 });
const tokens = { usdc: sandbox.usdc, usdt: sandbox.usdt, ...sandbox.odd };
const token = parseAbi([
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address,address) view returns (uint256)",
]);
const vault = parseAbi([
  "function getUser(address,address) view returns (uint256,uint256,uint256)",
  "event CollateralDeposited(address indexed user,address indexed asset,uint256 amount)",
  "event WithdrawalRequested(address indexed user,address indexed asset,uint256 when,uint256 amount)",
  "event WithdrawalCanceled(address indexed user,address indexed asset)",
  "event CollateralWithdrawn(address indexed user,address indexed asset,uint256 amount)",
]);

const clearing = parseAbi([
  "struct Cycle { address asset; bytes32 root; uint256 net_debit; uint256 net_credit; uint256 paid_in; uint256 claimed_out; uint256 covered; uint256 resolved; uint64 pay_by; uint64 final_at; uint8 status; bool exists; }",
  "struct Seat { uint256 net_debit; uint256 net_credit; bool paid; bool claimed; bool defaulted; }",
  "function getCycle(bytes32) view returns (Cycle)",
  "function getParticipantState(bytes32,address) view returns (Seat)",
  "error CycleNotFound(bytes32)",
  "event DebtorPaid(bytes32 indexed cycle,address indexed who,uint256 amount)",
  "event CreditorClaimed(bytes32 indexed cycle,address indexed who,uint256 amount)",
  "event DebtorDefaulted(bytes32 indexed cycle,address indexed who,uint256 amount)",
  "event DefaultCovered(bytes32 indexed cycle,address indexed who,uint256 amount)",
]);

const nameOf = (asset) =>
  asset === zeroAddress
    ? "eth"
    : Object.keys(tokens).find((name) => getAddress(tokens[name]) === getAddress(asset));

async function holding(who, asset) {
  const read = (functionName, ...args) =>
    client.readContract({ address: asset, abi: token, functionName, args });
  const [collateral, since, requested] = await client.readContract({
    address: sandbox.vault,
    abi: vault,
    functionName: "getUser",
    args: [who, asset],
  });
  const own =
    asset === zeroAddress
      ? { balance: await client.getBalance({ address: who }), allowance: 0n }
      : {
          balance: await read("balanceOf", who),
          allowance: await read("allowance", who, sandbox.vault),
        };
  return { ...own, collateral, requested, since };
}

const COMMANDS = {
  async state(who) {
    const assets = { eth: zeroAddress, ...tokens };
    const rows = Object.entries(assets).map(async ([name, at]) => [name, await holding(who, at)]);
    const count = await client.getTransactionCount({ address: who });
    return { count, ...Object.fromEntries(await Promise.all(rows)) };
  },

  async events(who) {
    const events = vault.filter(({ type }) => type === "event");
    const logs = await client.getLogs({ address: sandbox.vault, events, fromBlock: 0n });
    return logs
      .filter(({ args }) => getAddress(args.user) === getAddress(who))
      .map(({ eventName, args, transactionHash }) => ({
        event: eventName,
        asset: nameOf(args.asset),
        amount: args.amount ?? null,
        when: args.when ?? null,
        hash: transactionHash,
      }));
  },

  async cycle(id, who) {
    const hash = /^0x[0-9a-f]{64}$/.test(id) ? id : keccak256(stringToHex(id));
    const read = (functionName, ...args) =>
      client.readContract({ address: sandbox.clearing_house, abi: clearing, functionName, args });
    try {
      const cycle = await read("getCycle", hash);
      return { id: hash, ...cycle, seat: who ? await read("getParticipantState", hash, who) : null };
    } catch (error) {
      if (String(error.message).includes("CycleNotFound")) return null;
      throw error;
    }
  },

  async cleared(who) {
    const events = clearing.filter(({ type }) => type === "event");
    const logs = await client.getLogs({ address: sandbox.clearing_house, events, fromBlock: 0n });
    return logs
      .filter(({ args }) => getAddress(args.who) === getAddress(who))
      .map(({ eventName, args, transactionHash }) => ({
        event: eventName,
        cycle: args.cycle,
        amount: args.amount,
        hash: transactionHash,
      }));
  },

  async sent(who) {
    const found = [];
    const head = await client.getBlockNumber();
    const wanted = await client.getTransactionCount({ address: who });
    for (let number = head; found.length < wanted && number >= 0n; number--) {
      const block = await client.getBlock({ blockNumber: number, includeTransactions: true });
      for (const { hash, nonce, from, to } of block.transactions.toReversed()) {
        if (getAddress(from) !== getAddress(who)) continue;
        const { status } = await client.getTransactionReceipt({ hash });
        found.unshift({ hash, nonce, to, status });
      }
    }
    return found;
  },

  sign(key, text) {
    const { data = "0x", to, ...numbers } = JSON.parse(text);
    const big = Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]);
    const { chainId, nonce, ...others } = Object.fromEntries(big);
    const tx = { type: "eip1559", to, data, ...others };
    return privateKeyToAccount(key).signTransaction({
      ...tx,
      chainId: Number(chainId),
      nonce: Number(nonce),
    });
  },

  send: (serializedTransaction) => client.sendRawTransaction({ serializedTransaction }),
};

const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
async function ask([command, ...args]) {
  return `${JSON.stringify(await COMMANDS[command](...args), plain)}\n`;
}

async function answer(request, response) {
  try {
    const body = [];
    for await (const piece of request) body.push(piece);
    response.end(await ask(JSON.parse(Buffer.concat(body))));
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`);
  }
}

/** Until the tests that started it are gone. */
function serve() {
  const parent = process.ppid;
  const server = createServer(answer);
  server.listen(0, "127.0.0.1", () =>
    process.stdout.write(`http://127.0.0.1:${server.address().port}\n`),
  );
  setInterval(() => process.ppid !== parent && process.exit(0), 500);
}

if (process.argv[2] === "serve") serve();
else process.stdout.write(await ask(process.argv.slice(2)));
