// For programs: a start that fails says why in one line.
const EX_UNAVAILABLE = 69;

export async function startOrExit() {
  try {
    const { startSandbox } = await import("./sandbox.mjs"); // reads the environment
    return await startSandbox();
  } catch (error) {
    process.stderr.write(`sandbox: ${error.message}\n`);
    process.exit(EX_UNAVAILABLE);
  }
}
