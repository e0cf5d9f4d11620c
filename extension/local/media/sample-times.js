/**
 * Which frames of a video are looked at: the same as telltale/video/frames.py chooses. Short clips: the frames nearest after evenly spread
 * times. Long ones: the keyframe at or before each of these times, unless there are too few.
 *
 * Not here: where the frames' times come from (mp4.js), getting the frames (frames.js).
 */

import { rounded } from "../image/resize.js";
import { RULES } from "../rules.js";

const { sequential_seconds: SEQUENTIAL_SECONDS, fewest_keyframes: FEWEST_KEYFRAMES } = RULES.sampling;

/**
 * A video's frames in order of time; seconds from the first. ``decoded`` is when its packet is read, which seeking goes by, ``number``
 * its place in that order.
 * @typedef {{ time: number, decoded: number, key: boolean, number: number }} Sample
 */
/** ``duration`` in seconds, null where the file does not state it; ``rate`` frames a second.
 * @typedef {{ samples: Sample[], duration: number | null, rate: number }} Moments */

/**
 * Times in the middle of equal parts of the length.
 * @param {number} duration
 * @param {number} count
 */
export function spread(duration, count) {
  return Array.from({ length: count }, (_, number) => ((number + 0.5) * duration) / count);
}

/**
 * The frames to look at, in order of time.
 * @param {Moments} index
 * @param {number} count
 * @returns {Sample[]}
 */
export function chosenOf(index, count) {
  const { samples, duration } = index;
  if (duration === null) return thinned(samples, count);
  if (duration > SEQUENTIAL_SECONDS) {
    const found = keyframes(samples, spread(duration, count));
    if (found.length >= Math.min(count, FEWEST_KEYFRAMES)) return found;
  }
  return inSequence(index, spread(duration, count));
}

/**
 * The keyframe at or before each time, each once.
 * @param {Sample[]} samples
 * @param {number[]} wanted
 */
function keyframes(samples, wanted) {
  const keys = samples.filter((sample) => sample.key);
  const found = wanted.map((time) => keys.findLast((key) => key.decoded <= time) ?? keys[0]);
  return [...new Set(found.filter((key) => key))];
}

/**
 * The frames nearest after the times.
 * @param {Moments} index
 * @param {number[]} wanted
 */
function inSequence({ samples, rate }, wanted) {
  const half = 0.5 / rate;
  const found = [];
  let next = 0;
  for (const sample of samples) {
    const before = next;
    while (next < wanted.length && sample.time >= wanted[next] - half) next++;
    if (next > before) found.push(sample);
    if (next === wanted.length) break;
  }
  return found;
}

/**
 * Evenly spread frames of a stream whose length is unknown: every n-th, with n doubled whenever twice too many are held.
 * @param {Sample[]} samples
 * @param {number} count
 */
function thinned(samples, count) {
  let step = 1;
  while (Math.ceil(samples.length / step) >= 2 * count) step *= 2;
  const kept = samples.filter((_, number) => number % step === 0);
  const most = Math.min(count, kept.length);
  const places = Array.from({ length: most }, (_, number) => rounded(most > 1 ? (number * (kept.length - 1)) / (most - 1) : 0));
  return [...new Set(places)].map((place) => kept[place]);
}
