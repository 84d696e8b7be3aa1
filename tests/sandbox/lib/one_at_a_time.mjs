/** Calls of `task` wait for each other, whether they succeed or not. */
export function oneAtATime(task) {
  let last = Promise.resolve();
  return (...args) => {
    const result = last.then(() => task(...args));
    last = result.catch(() => {});
    return result;
  };
}
