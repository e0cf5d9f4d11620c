/**
 * The catalogue of messages: id and parameters -> a sentence in one language, by ICU MessageFormat (plurals, numbers, choices). It is the
 * engine's (`telltale/messages`); packaging puts one file for each language into `messages/`, and a list of them.
 *
 *     const german = await loadCatalogue("de");
 *     german.render("reason.person.few_looks", { looks: 2 });
 *
 * See also: what the panel says, and how it writes figures (`messages.js`).
 *
 * @typedef {Record<string, string | number>} Params
 */

// @ts-ignore: packaging puts it there
import { FormatError, IntlMessageFormat } from "../vendor/messageformat/intl-messageformat.js";

const FOLDER = new URL("../messages/", import.meta.url).href;
export const ENGLISH = "en";

/** One language; what it has not is said in English. */
export class Catalogue {
  /**
   * @param {string} code of the language (RFC 5646, its first part)
   * @param {Record<string, string>} texts by id
   * @param {Catalogue | null} [english]
   */
  constructor(code, texts, english = null) {
    this.code = code;
    this.texts = texts;
    this.english = english;
    /** @type {Map<string, {format: (params: Params) => string}>} */
    this.parsed = new Map();
  }

  /**
   * @param {string} id
   * @param {Params} [params]
   * @param {string} [otherwise] for an id that is not known here, or where a parameter is missing, as in what another version sent
   * @returns {string}
   */
  render(id, params = {}, otherwise = "") {
    if (!Object.hasOwn(this.texts, id)) return this.english?.render(id, params, otherwise) ?? otherwise;
    const message = this.parsed.get(id) ?? new IntlMessageFormat(this.texts[id], this.code, undefined, { ignoreTag: true });
    this.parsed.set(id, message);
    try {
      return String(message.format(plain(params)));
    } catch (error) {
      if (error instanceof FormatError) return otherwise;
      throw error;
    }
  }
}

/**
 * The words and numbers among values that may be a stranger's.
 * @param {Params} params
 * @returns {Params}
 */
function plain(params) {
  return Object.fromEntries(Object.entries(params ?? {}).filter(([, value]) => typeof value === "string" || typeof value === "number"));
}

/**
 * One message by itself.
 * @param {string} code
 * @param {string} text
 * @param {Params} params
 */
export function rendered(code, text, params) {
  return new Catalogue(code, { text }).render("text", params);
}

/**
 * @param {string} code one of `languages`
 * @returns {Promise<Catalogue>}
 */
export async function loadCatalogue(code) {
  const [texts, others] = await Promise.all([read(ENGLISH), code === ENGLISH ? null : read(code)]);
  const english = new Catalogue(ENGLISH, texts);
  return others ? new Catalogue(code, others, english) : english;
}

/** @returns {Promise<Record<string, string>>} code -> the language's own name, English first */
export function languages() {
  return read("languages");
}

/**
 * @param {string} name
 * @returns {Promise<Record<string, string>>}
 */
async function read(name) {
  return (await fetch(`${FOLDER}${name}.json`)).json();
}
