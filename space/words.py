"""Every sentence of the page in one place. What the Report itself says (headlines, reasons, limits) comes from ``detector``."""

TITLE = "Telltale"
TAGLINE = "Was this face manipulated?"
LEAD = (
    "Telltale looks closely at the faces in a video or picture. It tells you what it measured, where and for whom,"
    " and it says so when it cannot tell."
)

LINK_LABEL = "Link to a video, or to a page that shows one"
LINK_HINT = "https://…"
OR = "or"
FILE_LABEL = "Drop a video or picture here"
FILE_CHOOSE = "or choose a file"
FILE_LIMIT = "Up to {megabytes:.0f} MB. It is deleted as soon as the verdict is there."
FILE_REMOVE = "Remove this file"
CHECK = "Check"
AGAIN = "Check something else"
CANCEL = "Cancel"

FORGET = "Delete this check"
FORGET_ASK = "Delete this check with its address, result and pictures from this server, for good?"
FORGET_YES = "Delete"
FORGET_NO = "Keep"
FORGOTTEN = "Deleted. Nothing of that check is left on this server."

PROGRESS = "Progress"
UPLOADING = "Uploading"
WAITING = "Waiting for its turn"
PREPARING = "Preparing the result"
ENDED = "The check is done."
CANCELLED = "This check was cancelled."
NOTHING_GIVEN = "Give a link, or choose a video or picture."
TOO_LARGE = "This file is larger than the {megabytes:.0f} MB that this server takes."
UNREACHABLE = "The server does not answer. Is it still running?"
PROBLEM = "That did not work"
CODE = "Code"

CHANCE = "chance that the face was manipulated"
INTERVAL = "95 % interval {span}"
SCORE = "score for manipulation, not calibrated"
REASONS_WITHHELD = "Why Telltale withholds a verdict"
REASONS_WARNING = "Worth knowing"

PEOPLE = "People"
PEOPLE_LEAD = "Everyone whose face was found, each judged on their own."
PERSON = "Person {n}"
SHARE = "in {share} of the frames looked at"
LOOKS_ONE = "1 look"
LOOKS_MANY = "{n} looks"

TIMELINE = "Over time"
TIMELINE_LEAD = (
    "Each dot is one look at one face. The higher it lies, the more the face looked manipulated;"
    " a pale band is the 95 % interval of a person’s whole score."
)
TIMELINE_ALT = "Chart of the score of each look over the time of the video; the figures follow in a table."
TIMELINE_TABLE = "The same in figures"
TABLE_HEADS = ("Person", "Time", "Score", "Face size", "Turned away")

EVIDENCE = "Where it looked hardest"
EVIDENCE_LEAD = (
    "The looks that weighed most. In the heat map, warm areas spoke for manipulation:"
    " it shows where the model looked, and is no proof of what was done."
)
EVIDENCE_FRAME = "Frame"
EVIDENCE_FACE = "Face"
EVIDENCE_MAP = "Heat map"
EVIDENCE_AT = "{person} at {time}"
EVIDENCE_FRAME_ALT = "Frame at {time} with a box around {person}"
EVIDENCE_FACE_ALT = "The face of {person} at {time}, aligned"
EVIDENCE_MAP_ALT = "The same face under its heat map"
PERSON_ALT = "Face of {person}"

PROVENANCE = "What the file says of itself"
PROVENANCE_STATES = {
    "not_checked": "Not looked for",
    "absent": "Nothing found",
    "unsigned": "Words without a signature",
    "elsewhere": "Kept elsewhere, not fetched",
    "not_readable": "Not readable",
    "invalid": "Not valid",
    "valid": "Signature fits the file",
}
PROVENANCE_CLAIMS = "What it claims"
PROVENANCE_SIGNED = "signed"
PROVENANCE_UNSIGNED = "not signed"
PROVENANCE_PROBLEMS = "What is wrong with it"
ROW_SIGNER = "Signer, as named"
ROW_ORGANISATION = "Organisation"
ROW_SIGNED_AT = "Time stamp"
ROW_GENERATOR = "Written by"
ROW_TRUST_LIST = "Trust list"
NO_TRUST_LIST = "none used, so the signer is not verified"
ON_TRUST_LIST = "{name}: the signer is on it"
OFF_TRUST_LIST = "{name}: the signer is not on it"

READ = "What was looked at"
LIMITS = "What this cannot tell you"
JSON_LINK = "The whole report as JSON"
ROW_SOURCE = "Source"
ROW_MEDIA = "Media"
ROW_READ = "Read"
ROW_READ_ALL = "{read}"
ROW_READ_PART = "{read} of {size}"
ROW_FRAMES = "Frames"
ROW_TIME = "Time taken"
ROW_MODEL = "Model"
ROW_DETECTOR = "Faces found by"
ROW_HASH = "SHA-256"
CALIBRATED = "calibrated"
NOT_CALIBRATED = "not calibrated"

FOOTER = "Open source. Nothing on this page comes from, or goes to, any other place than this server."
FORGETS = (
    "Uploaded media is deleted after the verdict. The report and its pictures are deleted after {time}, or when you say so;"
    " until then they lie under a link that cannot be guessed."
)


def long_time(hours: float) -> str:
    """``168`` -> "7 days", ``36`` -> "36 hours", ``0.5`` -> "30 minutes"."""
    count, unit = (hours / 24, "day") if hours >= 48 and hours % 24 == 0 else (hours, "hour") if hours >= 1 else (hours * 60, "minute")
    return f"{count:.3g} {unit}{'' if count == 1 else 's'}"
