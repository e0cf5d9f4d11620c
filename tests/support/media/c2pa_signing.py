"""Media with Content Credentials (C2PA), signed when a test asks for them, by a signer that lives as long as the test.

See also: what reads them (``telltale/provenance/provenance.py``).
"""

import datetime
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
AI_MADE = {"action": "c2pa.created", "digitalSourceType": f"{IPTC}trainedAlgorithmicMedia", "softwareAgent": {"name": "Dream <b>machine"}}
CAPTURED = {"action": "c2pa.created", "digitalSourceType": f"{IPTC}digitalCapture"}
EDITED = {"action": "c2pa.color_adjustments"}
AI_EDIT = {"action": "c2pa.edited", "digitalSourceType": f"{IPTC}trainedAlgorithmicMedia"}
XMP = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<rdf:Description xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' xmlns:d='http://purl.org/dc/terms/' {attributes}>{inside}"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


@dataclass(frozen=True)
class Signer:
    """Somebody who signs: the certificate of the root above them, their own, and their key, all PEM."""

    root: bytes
    chain: bytes
    key: bytes


def new_signer(common_name: str = "A camera", organisation: str = "A maker") -> Signer:
    """A root and a signer below it, made now."""
    above, below = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate(named("A root", organisation), above, named("A root", organisation), above, root=True)
    leaf = certificate(named(common_name, organisation), below, named("A root", organisation), above, root=False)
    key = below.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = root.public_bytes(serialization.Encoding.PEM)
    return Signer(pem, leaf.public_bytes(serialization.Encoding.PEM) + pem, key)


def named(common_name: str, organisation: str) -> x509.Name:
    """A name in a certificate."""
    parts = ((NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def certificate(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey, *, root: bool
) -> x509.Certificate:
    """A certificate as C2PA asks for one (C2PA 2.2, 14.5)."""
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    uses = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage = x509.KeyUsage(digital_signature=not root, key_cert_sign=root, crl_sign=root, **uses)
    building = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.BasicConstraints(root, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not root:
        building = building.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return building.sign(issuer_key, hashes.SHA256())


def signed(
    media: bytes, media_type: str, signer: Signer, *actions: dict[str, Any], remote: str | None = None, parent: bytes | None = None
) -> bytes:
    """``media`` with credentials that tell of ``actions``; kept at ``remote`` alone where given; ``parent`` is what it came from."""
    assertions = [{"label": "c2pa.actions.v2", "data": {"actions": list(actions)}}]
    claim = {"claim_generator_info": [{"name": "A program", "version": "1"}], "title": "A test", "assertions": assertions}
    context = c2pa.Context.from_dict({"verify": {"remote_manifest_fetch": False, "verify_after_sign": False}})
    builder = c2pa.Builder(claim, context)
    if parent is not None:
        builder.add_ingredient({"title": "Before", "relationship": "parentOf"}, media_type, io.BytesIO(parent))
    if remote is not None:
        builder.set_no_embed()
        builder.set_remote_url(remote)
    made = io.BytesIO()
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=signer.chain, private_key=signer.key, ta_url=None)
    builder.sign(c2pa.Signer.from_info(info), media_type, io.BytesIO(media), made)
    return made.getvalue()


def picture(kind: str = "JPEG", xmp: str = "") -> bytes:
    """A small picture of nobody, with an XMP packet where one is given."""
    made = io.BytesIO()
    extra: dict[str, Any] = {}
    if xmp and kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        extra["pnginfo"] = PngInfo()
        extra["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp, zip=True)
    elif xmp:
        extra["xmp"] = xmp.encode()
    Image.radial_gradient("L").convert("RGB").save(made, kind, **extra)
    return made.getvalue()


def xmp_of(source_type: str) -> str:
    """A packet that names a digital source type in an attribute."""
    return XMP.format(attributes=f"i:DigitalSourceType='{source_type}'", inside="")


def written(folder: Path, name: str, content: bytes) -> Path:
    """A file."""
    (folder / name).write_bytes(content)
    return folder / name
