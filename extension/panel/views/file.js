/** The choice of a file of the person's own, a video or a picture, to be checked on this device. */

import { button, element } from "../dom.js";
import { say } from "../../i18n/messages.js";

/**
 * @param {(file: File) => void} act
 * @returns {HTMLElement}
 */
export function fileView(act) {
  const field = /** @type {HTMLInputElement} */ (element("input", { type: "file", accept: "video/*,image/*", hidden: "" }));
  field.addEventListener("change", () => {
    if (field.files?.[0]) act(field.files[0]);
  });
  const open = button(say("panel.file_check"), () => field.click());
  return element("div", { class: "offer card" }, open, field, element("p", { class: "small" }, say("panel.file_how")));
}
