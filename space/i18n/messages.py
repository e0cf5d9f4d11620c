"""Every sentence of the page in one place, by name. The defaults are English; each ``tongues/*.json`` has them in one other language.

Add a sentence here, and to every tongue (``tests/space/i18n/test_messages.py`` says which are missing). Functions that write words take
``words: Words`` and know no other language. What the Report itself says comes from ``telltale`` in English and goes through ``words.say``.
"""

from dataclasses import dataclass, field

from space.i18n.formats import Figures
from space.i18n.sentence_matcher import Sayings


@dataclass(frozen=True, kw_only=True)
class Words(Figures):
    """One language: its code, its name for itself, its sentences. ``{names}`` in them are filled in where they are used."""

    LANGUAGE: str = "en"
    LANGUAGE_NAME: str = "English"
    SAYINGS: Sayings = field(default_factory=lambda: Sayings({}), repr=False, compare=False)

    LANGUAGES: str = "Language"
    TITLE: str = "Telltale"
    TAGLINE: str = "Was this face manipulated?"
    LEAD: str = (
        "Telltale looks closely at the faces in a video or picture. It tells you what it measured, where and for whom,"
        " and it says so when it cannot tell."
    )

    LINK_LABEL: str = "Link to a video, or to a page that shows one"
    LINK_HINT: str = "https://…"
    OR: str = "or"
    FILE_LABEL: str = "Drop a video or picture here"
    FILE_CHOOSE: str = "or choose a file"
    FILE_LIMIT: str = "Up to {megabytes:.0f} MB. It is deleted as soon as the verdict is there."
    FILE_REMOVE: str = "Remove this file"
    CAMERA: str = "Use the camera"
    CAMERA_TITLE: str = "A short recording with your camera"
    CAMERA_LEAD: str = "{frames} pictures over {seconds} seconds, without sound. They stay in this browser until you press “Check”."
    CAMERA_SEEN: str = "What the camera sees"
    CAMERA_STARTING: str = "Starting the camera"
    CAMERA_READY: str = "Look into the camera, then record."
    CAMERA_RECORD: str = "Record"
    CAMERA_RECORDING: str = "Recording"
    CAMERA_CLOSE: str = "Close the camera"
    CAMERA_TAKEN: str = "Camera recording, {frames} pictures"
    CAMERA_REFUSED: str = "The browser did not allow the camera. You can allow it beside the address, or choose a file instead."
    CAMERA_NONE: str = "No camera was found, or another program is using it."
    CHECK: str = "Check"
    AGAIN: str = "Check something else"
    CANCEL: str = "Cancel"

    FORGET: str = "Delete this check"
    FORGET_ASK: str = "Delete this check with its address, result and pictures from this server, for good?"
    FORGET_YES: str = "Delete"
    FORGET_NO: str = "Keep"
    FORGOTTEN: str = "Deleted. Nothing of that check is left on this server."

    PROGRESS: str = "Progress"
    UPLOADING: str = "Uploading"
    WAITING: str = "Waiting for its turn"
    PREPARING: str = "Preparing the result"
    ENDED: str = "The check is done."
    CANCELLED: str = "This check was cancelled."
    NOTHING_GIVEN: str = "Give a link, or choose a video or picture."
    TOO_LARGE: str = "This file is larger than the {megabytes:.0f} MB that this server takes."
    UNREACHABLE: str = "The server does not answer. Is it still running?"
    PROBLEM: str = "That did not work"
    CODE: str = "Code"

    CHANCE: str = "chance that the face was manipulated"
    INTERVAL: str = "95 % interval {span}"
    SCORE: str = "score for manipulation, not calibrated"
    REASONS_WITHHELD: str = "Why Telltale withholds a verdict"
    REASONS_WARNING: str = "Worth knowing"

    KEEP: str = "Share or keep"
    KEEP_NOTE: str = "Whoever has the link can see this result until it is deleted."
    COPY_LINK: str = "Copy link"
    LINK_COPIED: str = "Link copied"
    SHARE_LINK: str = "Share"
    SAVE_PDF: str = "PDF"
    SAVE_PICTURE: str = "Picture"
    SAVE_JSON: str = "JSON"

    PEOPLE: str = "People"
    PEOPLE_LEAD: str = "Everyone whose face was found, each judged on their own."
    PERSON: str = "Person {n}"
    SHARE: str = "in {share} of the frames looked at"
    LOOKS_ONE: str = "1 look"
    LOOKS_MANY: str = "{n} looks"

    TIMELINE: str = "Over time"
    TIMELINE_LEAD: str = (
        "Each dot is one look at one face. The higher it lies, the more the face looked manipulated;"
        " a pale band is the 95 % interval of a person’s whole score."
    )
    TIMELINE_ALT: str = "Chart of the score of each look over the time of the video; the figures follow in a table."
    POINT: str = "Single looks"
    POINT_HINT: str = "Point at the chart, or step through it with the arrow keys."
    LOOK_SCORE: str = "score of this look"
    LOOK_FACTS: str = "Face of {size} px, {turned} turned away"
    LOOK_BARE: str = "No pictures were kept of this look."
    TIMELINE_TABLE: str = "The same in figures"
    TABLE_PERSON: str = "Person"
    TABLE_TIME: str = "Time"
    TABLE_SCORE: str = "Score"
    TABLE_SIZE: str = "Face size"
    TABLE_TURNED: str = "Turned away"

    EVIDENCE: str = "Where it looked hardest"
    EVIDENCE_LEAD: str = (
        "The looks that weighed most. In the heat map, warm areas spoke for manipulation:"
        " it shows where the model looked, not what was done to the face."
    )
    EVIDENCE_FRAME: str = "Frame"
    EVIDENCE_FACE: str = "Face"
    EVIDENCE_MAP: str = "Heat map"
    EVIDENCE_AT: str = "{person} at {time}"
    EVIDENCE_FRAME_ALT: str = "Frame at {time} with a box around {person}"
    EVIDENCE_FACE_ALT: str = "The face of {person} at {time}, aligned"
    EVIDENCE_MAP_ALT: str = "The same face under its heat map"
    PERSON_ALT: str = "Face of {person}"

    PROVENANCE: str = "What the file says of itself"
    STATE_NOT_CHECKED: str = "Not looked for"
    STATE_ABSENT: str = "Nothing found"
    STATE_UNSIGNED: str = "Words without a signature"
    STATE_ELSEWHERE: str = "Kept elsewhere, not fetched"
    STATE_NOT_READABLE: str = "Not readable"
    STATE_INVALID: str = "Not valid"
    STATE_VALID: str = "Signature fits the file"
    PROVENANCE_CLAIMS: str = "What it claims"
    PROVENANCE_SIGNED: str = "signed"
    PROVENANCE_UNSIGNED: str = "not signed"
    PROVENANCE_PROBLEMS: str = "What is wrong with it"
    ROW_SIGNER: str = "Signer, as named"
    ROW_ORGANISATION: str = "Organisation"
    ROW_SIGNED_AT: str = "Time stamp"
    ROW_GENERATOR: str = "Written by"
    ROW_TRUST_LIST: str = "Trust list"
    NO_TRUST_LIST: str = "none used, so the signer is not verified"
    ON_TRUST_LIST: str = "{name}: the signer is on it"
    OFF_TRUST_LIST: str = "{name}: the signer is not on it"

    READ: str = "What was looked at"
    LIMITS: str = "What this cannot tell you"
    JSON_LINK: str = "The whole report as JSON"
    ROW_SOURCE: str = "Source"
    ROW_MEDIA: str = "Media"
    ROW_READ: str = "Read"
    ROW_READ_ALL: str = "{read}"
    ROW_READ_PART: str = "{read} of {size}"
    ROW_FRAMES: str = "Frames"
    ROW_TRACK: str = "Video track"
    ROW_TIME: str = "Time taken"
    ROW_MODEL: str = "Model"
    ROW_DETECTOR: str = "Faces found by"
    ROW_HASH: str = "SHA-256"
    CALIBRATED: str = "calibrated"
    NOT_CALIBRATED: str = "not calibrated"

    FOOTER: str = "Open source. Nothing on this page comes from, or goes to, any other place than this server."
    FORGETS: str = (
        "Uploaded media is deleted after the verdict. The report and its pictures are deleted after {time}, or when you say so;"
        " until then they lie under a link that cannot be guessed."
    )

    @property
    def TABLE_HEADS(self) -> tuple[str, ...]:
        """The heads of the table of looks, from left to right."""
        return (self.TABLE_PERSON, self.TABLE_TIME, self.TABLE_SCORE, self.TABLE_SIZE, self.TABLE_TURNED)

    def provenance_state(self, state: str) -> str:
        """What the state of a file's credentials is called."""
        return str(getattr(self, f"STATE_{state.upper()}"))

    def say(self, english: str) -> str:
        """One of the server's own sentences in this language; English where that is not known."""
        return self.SAYINGS.say(english)
