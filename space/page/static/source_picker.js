// What is to be checked: a link, a file (chosen, dropped or pasted), or a recording of the camera. One of them at a time.
// Not here: recording (camera.js) and sending (page.js).

/**
 * @typedef {{ time: number, picture: Blob }} Shot
 * @typedef {{ url?: string, file?: File, shots?: Shot[], name?: string }} Choice
 */

/**
 * @param {HTMLElement} page
 * @returns {{ get: () => Choice, clear: () => void, take: (shots: Shot[], name: string) => void }}
 */
export function choosing(page) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
  const link = /** @type {HTMLInputElement} */ (find("#tt-link"));
  const file = /** @type {HTMLInputElement} */ (find("#tt-file"));
  const drop = find(".tt-drop");
  const name = find(".tt-drop-name");
  const remove = find(".tt-drop-remove");
  const empty = [...name.childNodes];
  /** @type {{ shots: Shot[], name: string } | null} */
  let recording = null;

  function told() {
    const shown = recording?.name ?? file.files?.[0]?.name;
    drop.classList.toggle("tt-has-file", shown !== undefined);
    remove.hidden = shown === undefined;
    if (shown === undefined) name.replaceChildren(...empty);
    else name.textContent = shown;
  }

  function clear() {
    recording = null;
    file.value = "";
    link.value = "";
    told();
  }

  /** @param {FileList} files */
  function give(files) {
    file.files = files;
    recording = null;
    link.value = "";
    told();
  }

  file.addEventListener("change", () => {
    if (file.files?.[0]) {
      recording = null;
      link.value = "";
    }
    told();
  });
  link.addEventListener("input", () => {
    if (!link.value) return;
    recording = null;
    file.value = "";
    told();
  });
  remove.addEventListener("click", () => {
    recording = null;
    file.value = "";
    told();
    file.focus();
  });
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("tt-over");
  });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("tt-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer?.files.length) give(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || !find(".tt-form").offsetParent) return;
    event.preventDefault();
    give(event.clipboardData.files);
    file.focus();
  });

  return {
    get: () => (recording ? { ...recording } : file.files?.[0] ? { file: file.files[0] } : { url: link.value.trim() }),
    clear,
    take: (shots, called) => {
      clear();
      recording = { shots, name: called };
      told();
    },
  };
}
