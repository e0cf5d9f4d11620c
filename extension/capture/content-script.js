/**
 * Eyes in a page: finds the video (or image, or embedded frame) that is meant, and gives its frames one at a time.
 *
 * Put into a page by the browser on a person's click (`content-script-client.js`), apart from the page's own scripts. A classic script,
 * as those must be; what it offers is `telltaleEyes`. A page may name its elements like the document's own methods, so these are taken
 * from their prototypes. It changes nothing in the page but the place of a video that a person lets it move, or start, and puts that back by
 * itself should the panel go away. Not here: which frames are taken when (`capture.js`).
 */

{
  const MOST_FOUND = 5_000;
  const MOST_WALKED = 100_000;
  const LONGEST_SIDE = 1920;
  const FORSAKEN = 7_000; // milliseconds without a word from the panel; one seek takes five at most

  /** @typedef {HTMLVideoElement | HTMLImageElement | HTMLIFrameElement} Seen */

  /** @type {Seen | null} */
  let seen = null;
  /** @type {HTMLCanvasElement | null} */
  let canvas = null;
  /** @type {{time: number, played: boolean, muted: boolean} | null} */
  let before = null;
  let watch = 0;

  /**
   * All elements of these kinds, in open and closed shadow trees too; of both not more than a page in its right mind has.
   * @param {string} kinds a selector
   * @returns {Element[]}
   */
  function all(kinds) {
    /** @type {Element[]} */
    const found = [];
    let walked = 0;
    /** @type {(Document | ShadowRoot)[]} */
    const roots = [document];
    for (let root = roots.shift(); root && found.length < MOST_FOUND; root = roots.shift()) {
      const { querySelectorAll } = root === document ? Document.prototype : DocumentFragment.prototype;
      found.push(...[...querySelectorAll.call(root, kinds)].slice(0, MOST_FOUND - found.length));
      const walker = Document.prototype.createTreeWalker.call(document, root, NodeFilter.SHOW_ELEMENT);
      for (let node = walker.nextNode(); node && walked < MOST_WALKED; node = walker.nextNode(), walked++) {
        const shadow = node instanceof HTMLElement ? shadowOf(node) : null;
        if (shadow instanceof ShadowRoot) roots.push(shadow);
      }
    }
    return found;
  }

  /** @param {HTMLElement} element */
  function shadowOf(element) {
    const dom = globalThis.chrome?.dom; // Chromium; Firefox has it on the element
    const open = /** @type {any} */ (element).openOrClosedShadowRoot;
    return /** @type {ShadowRoot | null} */ (dom?.openOrClosedShadowRoot ? dom.openOrClosedShadowRoot(element) : (open ?? element.shadowRoot));
  }

  /**
   * The part of an element that is in view, in CSS pixels of this frame.
   * @param {Element} element
   */
  function inView(element) {
    const box = Element.prototype.getBoundingClientRect.call(element);
    const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)];
    return { left, top, width: Math.max(0, Math.min(innerWidth, box.right) - left), height: Math.max(0, Math.min(innerHeight, box.bottom) - top) };
  }

  /**
   * How likely an element is the one that is meant: its size in view, more while it plays; below that, whether it has a picture at all.
   * @param {Element} element
   */
  function weight(element) {
    const { width, height } = inView(element);
    const playing = element instanceof HTMLVideoElement && !element.paused && element.readyState >= 2;
    return 1 + width * height * (playing ? 8 : 1);
  }

  /**
   * @param {Element[]} elements
   * @returns {Element | null} the one that weighs most
   */
  function heaviest(elements) {
    let [best, most] = [/** @type {Element | null} */ (null), 0];
    for (const element of elements) {
      const weighed = weight(element);
      if (weighed > most) [best, most] = [element, weighed];
    }
    return best;
  }

  /**
   * Settles what is looked at: the element with this address, else the video that plays largest, else the largest embedded frame.
   * @param {string} source what the click named, or ""
   * @param {string} frame the address of an embedded frame that nobody may look into, or ""
   */
  function choose(source, frame) {
    const media = all("video, img, iframe");
    const videos = media.filter((element) => element instanceof HTMLVideoElement);
    const shown = videos.filter((video) => /** @type {HTMLVideoElement} */ (video).videoWidth > 0);
    const frames = media.filter((element) => element instanceof HTMLIFrameElement && inView(element).width >= 160 && inView(element).height >= 90);
    const named = media.filter((element) => source && [/** @type {any} */ (element).currentSrc, /** @type {any} */ (element).src].includes(source));
    const framed = frames.filter((element) => frame && /** @type {HTMLIFrameElement} */ (element).src === frame);
    const lists = frame ? [framed, frames] : [named, shown, videos, frames];
    seen = /** @type {Seen | null} */ (lists.map(heaviest).find(Boolean) ?? null);
    canvas = null;
    const told = facts();
    return told && { ...told, named: named.includes(/** @type {Element} */ (seen)) };
  }

  /** What is looked at, as far as can be told; null where there is nothing. */
  function facts() {
    if (!seen) return null;
    const about = { weight: weight(seen), address: location.href, top: window === window.top };
    if (seen instanceof HTMLIFrameElement) return { ...about, kind: "frame", duration: null, paused: false, looping: false, seekable: false, ready: true };
    if (seen instanceof HTMLImageElement) {
      return { ...about, kind: "image", duration: null, paused: true, looping: false, seekable: false, ready: seen.naturalWidth > 0 };
    }
    const duration = Number.isFinite(seen.duration) ? seen.duration : null;
    const reach = seen.seekable.length ? seen.seekable.end(seen.seekable.length - 1) - seen.seekable.start(0) : 0;
    return {
      ...about,
      kind: "video",
      duration,
      paused: seen.paused || seen.ended,
      looping: seen.loop,
      seekable: duration !== null && duration > 0 && reach >= 0.95 * duration,
      ready: seen.videoWidth > 0 && seen.readyState >= 2,
    };
  }

  /** Where it lies in the browser's window, as far as this frame can tell, and how far it has played. */
  function place() {
    if (!seen) return null;
    const box = inView(seen);
    /** @type {Window} */
    let view = window;
    let whole = true;
    while (view !== view.parent) {
      const holder = frameOf(view);
      if (!holder) {
        whole = false;
        break;
      }
      const outer = holder.getBoundingClientRect();
      box.left += outer.left + holder.clientLeft;
      box.top += outer.top + holder.clientTop;
      view = view.parent;
    }
    const video = seen instanceof HTMLVideoElement ? seen : null;
    const lens = visualViewport;
    return {
      ...box,
      left: box.left - (whole && lens ? lens.offsetLeft : 0),
      top: box.top - (whole && lens ? lens.offsetTop : 0),
      whole, // false: inside a frame of another origin, whose own place this frame does not know
      across: (whole ? /** @type {Window} */ (window.top).innerWidth : innerWidth) / (lens?.scale ?? 1),
      time: video ? video.currentTime : null,
      paused: video ? video.paused || video.ended : false,
    };
  }

  /**
   * @param {Window} view
   * @returns {Element | null} the frame that holds it; null where that is of another origin
   */
  function frameOf(view) {
    try {
      return view.frameElement;
    } catch (error) {
      if (error instanceof DOMException) return null;
      throw error;
    }
  }

  /**
   * The frame that is shown now. Its size stays that of the first, whatever a player switches to.
   * @returns {Promise<{time: number, picture: string} | {blocked: true} | null>} `blocked`: the page may not read this video's pixels
   */
  async function frame() {
    if (before) attend();
    if (!seen || seen instanceof HTMLIFrameElement) return { blocked: true };
    const video = seen instanceof HTMLVideoElement ? seen : null;
    const time = video ? await presented(video, video.paused ? 60 : 400) : 0;
    const [width, height] = video ? [video.videoWidth, video.videoHeight] : sizeOf(/** @type {HTMLImageElement} */ (seen));
    if (!width || !height) return null;
    if (!canvas) {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
      canvas = /** @type {HTMLCanvasElement} */ (Document.prototype.createElement.call(document, "canvas"));
      [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    }
    try {
      canvas.getContext("2d", { alpha: false })?.drawImage(seen, 0, 0, canvas.width, canvas.height);
      return { time, picture: await written(canvas) };
    } catch (error) {
      if (error instanceof DOMException && error.name === "SecurityError") return { blocked: true };
      throw error;
    }
  }

  /** @param {HTMLImageElement} image */
  function sizeOf(image) {
    return [image.naturalWidth, image.naturalHeight];
  }

  /**
   * @param {HTMLCanvasElement} drawn
   * @returns {Promise<string>} a `data:` address
   */
  function written(drawn) {
    return new Promise((resolve, reject) => {
      drawn.toBlob(
        (blob) => {
          const reader = new FileReader();
          reader.onload = () => resolve(String(reader.result));
          reader.onerror = () => reject(reader.error);
          if (blob) reader.readAsDataURL(blob);
          else reject(new DOMException("the canvas gave no picture", "EncodingError"));
        },
        "image/jpeg",
        0.95,
      );
    });
  }

  /**
   * The next frame that the video shows, or what it shows when none comes.
   * @param {HTMLVideoElement} video
   * @param {number} patience milliseconds
   * @returns {Promise<number>} its time
   */
  function presented(video, patience) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        video.cancelVideoFrameCallback(asked);
        resolve(video.currentTime);
      }, patience);
      const asked = video.requestVideoFrameCallback((_, { mediaTime }) => {
        clearTimeout(timer);
        resolve(mediaTime);
      });
    });
  }

  /**
   * Moves a video, which a person has allowed; the first time its place is remembered.
   * @param {number} time seconds
   * @returns {Promise<boolean>} whether it went there
   */
  async function seek(time) {
    if (!(seen instanceof HTMLVideoElement)) return false;
    remember(seen);
    seen.pause();
    return moved(seen, time);
  }

  /**
   * Starts a paused video without its sound, which a person has allowed.
   * @returns {Promise<boolean>} whether it plays
   */
  async function start() {
    if (!(seen instanceof HTMLVideoElement)) return false;
    remember(seen);
    seen.muted = true;
    const video = seen;
    return video.play().then(() => true, () => false); // a browser or a page may refuse
  }

  /** @param {HTMLVideoElement} video as it was before it was touched */
  function remember(video) {
    before ??= { time: video.currentTime, played: !video.paused, muted: video.muted };
    attend();
  }

  /** The panel is there; should it go away, the video is put back. */
  function attend() {
    clearTimeout(watch);
    watch = setTimeout(back, FORSAKEN);
  }

  /** Puts a moved or started video back to where it was, playing if it played. */
  async function back() {
    clearTimeout(watch);
    if (!before || !(seen instanceof HTMLVideoElement)) return;
    const { time, played, muted } = before;
    before = null;
    if (!played) seen.pause();
    await moved(seen, time);
    seen.muted = muted;
    if (played) await seen.play().catch(() => undefined); // the page may have stopped it meanwhile, which is its right
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {number} time
   * @returns {Promise<boolean>}
   */
  function moved(video, time) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(false), 5000);
      const done = () => settle(true);
      /** @param {boolean} there */
      function settle(there) {
        clearTimeout(timer);
        video.removeEventListener("seeked", done);
        resolve(there);
      }
      video.addEventListener("seeked", done);
      video.currentTime = time;
    });
  }

  /** @type {any} */ (globalThis).telltaleEyes = { choose, facts, place, frame, seek, start, back, looksAt: () => seen };
}
