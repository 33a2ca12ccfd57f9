// Asking again for what comes by itself, each time after a longer while.

const WAITS_MILLISECONDS = [600, 600, 1000, 1500, 2500, 4000, 6000, 10_000, 15_000];

// Calls `look` until it answers true, or `isWanted` no longer does.
export async function poll(look, isWanted = () => true) {
  for (const wait of WAITS_MILLISECONDS) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (!isWanted() || (await look())) return;
  }
}
