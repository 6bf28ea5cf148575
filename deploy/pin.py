"""Writes the digest of every image beside its tag, on a machine that reaches an image registry:
`make pin-images`.

A tag may be moved to another image tomorrow; a digest names one image for ever. Running it again
takes the tags' newest.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = (
    "docker-compose.yml",
    "deploy/Dockerfile",
    "deploy/helm/nakodo/templates/door.yaml",
    "deploy/helm/nakodo/values.yaml",
)
IMAGE = re.compile(
    r"((?:image: |BASE=|NAKODO_BASE:-)\"?)((?:[\w.-]+/)*[\w.-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?"
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest(image: str) -> str:
    """What a tag names now. Raises SystemExit where no registry answers."""
    command = [
        "docker",
        "buildx",
        "imagetools",
        "inspect",
        image,
        "--format",
        "{{.Manifest.Digest}}",
    ]
    try:
        ran = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit("pin-images: no docker here; the files keep their tags")
    found = DIGEST.search(ran.stdout)
    if ran.returncode or found is None:
        sys.exit(f"pin-images: {image}: {ran.stderr.strip()[-200:]}; the files keep their tags")
    return found[0]


def main(root: Path = ROOT) -> None:
    texts = {path: (root / path).read_text() for path in FILES}
    images = sorted({m[2] for text in texts.values() for m in IMAGE.finditer(text)})
    digests = {image: digest(image) for image in images}  # all of them, before any file changes
    for path, text in texts.items():
        (root / path).write_text(IMAGE.sub(lambda m: f"{m[1]}{m[2]}@{digests[m[2]]}", text))
    print("\n".join(f"{image}@{found}" for image, found in digests.items()))


if __name__ == "__main__":
    main()
