/** What cannot be looked at; ``code`` as in the server's problems. */
export class BadMedia extends Error {
  /**
   * @param {"media.not_media" | "media.no_frames" | "media.too_large"} code
   * @param {string} sentence
   */
  constructor(code, sentence) {
    super(sentence);
    this.name = "BadMedia";
    this.code = code;
  }
}

/**
 * @param {number} pixels of a picture
 * @param {number} most
 * @throws {BadMedia} where there are more
 */
export function refuse(pixels, most) {
  if (pixels > most) throw new BadMedia("media.too_large", "This video or picture is larger than Telltale will decode.");
}
