/**
 * Stopping the work on a click. Of the panels that are open (two windows, a tab) all show it and one does it: a word from any ends it there.
 *
 * Not here: cancelling a check on a server (`api/client.js`).
 */

const channel = new BroadcastChannel("telltale-stop");

/**
 * @param {string} request the id of the click
 * @param {AbortSignal} shown ends with the showing of this click
 * @returns {{signal: AbortSignal, stop: () => void}}
 */
export function stopper(request, shown) {
  const stopped = new AbortController();
  channel.addEventListener("message", ({ data }) => data === request && stopped.abort(), { signal: shown });
  return {
    signal: AbortSignal.any([shown, stopped.signal]),
    stop: () => {
      channel.postMessage(request);
      stopped.abort();
    },
  };
}
