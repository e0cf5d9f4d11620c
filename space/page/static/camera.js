// A short recording with the camera: pictures at even times, as JPEG, that stay in the browser until they are sent.
// Not here: sending (page.js). No sound is asked for.

/** @typedef {import("./source_picker.js").Shot} Shot */

const LONGEST_SIDE = 1280;
const QUALITY = 0.95;

/**
 * @param {HTMLElement} page
 * @param {Record<string, string>} words
 * @param {(shots: Shot[], name: string) => void} take
 */
export function camera(page, words, take) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
  const open = find(".tt-camera-open");
  const panel = find(".tt-camera");
  const ways = find(".tt-ways");
  const view = /** @type {HTMLVideoElement} */ (find(".tt-camera video"));
  const told = find(".tt-camera [role=status]");
  const record = /** @type {HTMLButtonElement} */ (find(".tt-camera-record"));
  const bar = find(".tt-camera-bar i");
  const pictures = Number(panel.dataset.pictures);
  const seconds = Number(panel.dataset.seconds);
  /** @type {MediaStream | null} */
  let stream = null;
  let asked = 0;
  open.hidden = !navigator.mediaDevices?.getUserMedia; // browsers lend the camera to https and to this machine only

  async function begin() {
    const mine = ++asked;
    panel.hidden = false;
    ways.hidden = true;
    record.disabled = true;
    told.textContent = words.cameraStarting;
    find(".tt-camera-close").focus();
    try {
      const video = { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } };
      const opened = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (mine !== asked) return stop(opened); // closed in the meantime
      stream = opened;
      view.srcObject = opened;
      await view.play();
      record.disabled = false;
      told.textContent = words.cameraReady;
      record.focus();
    } catch (error) {
      if (mine !== asked) return;
      told.textContent = error instanceof DOMException && error.name === "NotAllowedError" ? words.cameraRefused : words.cameraNone;
    }
  }

  function end() {
    asked++;
    stop(stream);
    stream = null;
    view.srcObject = null;
    bar.style.width = "0";
    panel.hidden = true;
    ways.hidden = false;
  }

  record.addEventListener("click", async () => {
    const mine = asked;
    find(".tt-camera-close").focus(); // a button that is disabled would keep the keys to itself
    record.disabled = true;
    told.textContent = words.cameraRecording;
    const going = () => mine === asked;
    const shots = await shotsOf(view, pictures, seconds, going, (part) => (bar.style.width = `${100 * part}%`));
    if (!going()) return;
    end();
    take(shots, words.cameraTaken);
    find(".tt-form [type=submit]").focus();
  });
  open.addEventListener("click", begin);
  find(".tt-camera-close").addEventListener("click", () => {
    end();
    open.focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") find(".tt-camera-close").click();
  });
}

/** @param {MediaStream | null} stream */
function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * @param {HTMLVideoElement} view
 * @param {number} pictures how many
 * @param {number} seconds over how long
 * @param {() => boolean} going
 * @param {(part: number) => void} tell
 * @returns {Promise<Shot[]>}
 */
async function shotsOf(view, pictures, seconds, going, tell) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(view.videoWidth, view.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(view.videoWidth * scale);
  canvas.height = Math.round(view.videoHeight * scale);
  const surface = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const started = performance.now();
  /** @type {Shot[]} */
  const shots = [];
  while (shots.length < pictures && going()) {
    const due = started + (shots.length * seconds * 1000) / (pictures - 1);
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const time = Math.max((performance.now() - started) / 1000, shots.length ? shots[shots.length - 1].time + 0.001 : 0);
    surface.drawImage(view, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (picture) shots.push({ time: Number(time.toFixed(3)), picture });
    tell(shots.length / pictures);
  }
  return shots;
}
