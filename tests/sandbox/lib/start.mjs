// For programs: a start that fails says why in one line.
import { startSandbox } from "./sandbox.mjs";

const EX_UNAVAILABLE = 69;

export async function startOrExit() {
  try {
    return await startSandbox();
  } catch (error) {
    process.stderr.write(`sandbox: ${error.message}\n`);
    process.exit(EX_UNAVAILABLE);
  }
}
