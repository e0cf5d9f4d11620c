"""ONNX Runtime Web without its way to import code from an address.

The library may import its WebAssembly's wrapper from wherever it is told. Its bundle holds that wrapper and never does so, but stores read
what could be, and warn. The one expression is replaced, so that nothing packed can import what is not packed.
"""

from pathlib import Path

OPEN = "cs=async n=>(await import(/*webpackIgnore:true*/ /*@vite-ignore*/n)).default"
CLOSED = 'cs=async n=>{throw new Error("nothing is imported from "+n)}'


def close_imports(bundle: Path) -> None:
    """Replace it. Raises ValueError where it does not stand there exactly once: then this is not the library that is known."""
    text = bundle.read_text(encoding="utf-8")
    if text.count(OPEN) != 1 or text.count("import(") != 1:
        raise ValueError(f"{bundle.name} is not the library that is known: look at how it imports before it is packed")
    bundle.write_text(text.replace(OPEN, CLOSED), encoding="utf-8")
