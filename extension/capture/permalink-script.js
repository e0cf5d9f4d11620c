/**
 * Whose video it is: the address of the post around a video whose own address (`blob:`, or none) means nothing elsewhere.
 *
 * In a stream of posts the page's address names the stream. Each post links to itself: by its time, as a bookmark, or by an address that
 * looks like one. Runs in the page beside `content-script.js`. Only addresses of the page's own origin count.
 */

{
  const POST = "article, [role=article], [permalink], [itemtype*='SocialMediaPosting'], [itemtype*='VideoObject'], [data-testid=tweet]";
  const LOOKS = /\/(status(es)?|p|reels?|videos?|watch|shorts|comments|posts?|clips?|notice|notes)(\/|\?v=)[\w-]+|\/@[^/]+\/\d+/;
  const MOST_LINKS = 400;
  const HIGHEST = 40;

  /** @returns {string} the post's address; "" where there is none */
  function post() {
    /** @type {Element | null} */
    let element = /** @type {any} */ (globalThis).telltaleEyes.looksAt();
    for (let height = 0; element && height < HIGHEST; height++, element = above(element)) {
      const own = Element.prototype.matches.call(element, POST) && permalink(element);
      if (own) return own;
    }
    return "";
  }

  /** @param {Element} element */
  function above(element) {
    const root = Node.prototype.getRootNode.call(element); // a form answers to the names of its fields first
    return Reflect.get(Node.prototype, "parentElement", element) ?? (root instanceof ShadowRoot ? root.host : null);
  }

  /**
   * @param {Element} around
   * @returns {string}
   */
  function permalink(around) {
    const named = address(Element.prototype.getAttribute.call(around, "permalink"));
    if (named) return named;
    const links = [...Element.prototype.querySelectorAll.call(around, "a[href]")].slice(0, MOST_LINKS);
    const timed = links.filter((link) => Element.prototype.querySelector.call(link, "time"));
    const marked = links.filter((link) => /\bbookmark\b/.test(Element.prototype.getAttribute.call(link, "rel") ?? ""));
    const likely = links.filter((link) => LOOKS.test(address(Element.prototype.getAttribute.call(link, "href"))));
    const found = [timed, marked, likely].flat().map((link) => address(Element.prototype.getAttribute.call(link, "href")));
    return found.find(Boolean) ?? "";
  }

  /**
   * @param {string | null} text
   * @returns {string} on this origin, and not the page itself; else ""
   */
  function address(text) {
    if (!text || !URL.canParse(text, location.href)) return "";
    const url = new URL(text, location.href);
    url.hash = "";
    return url.origin === location.origin && url.href !== location.href.split("#")[0] ? url.href : "";
  }

  /** @type {any} */ (globalThis).telltaleEyes.post = post;
}

undefined; // Firefox refuses a script whose last value cannot be copied, such as the function above
