"""What the code looks like in numbers (`make measure-code`): for closing notes, not gated."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = [p for top in ("services", "shared", "nakodo_client") for p in (ROOT / top).rglob("*.py")]
TEMPLATES = [*(ROOT / "services/portal/templates").rglob("*.html")]
STYLES = [*(ROOT / "services/portal").rglob("*.css")]
WORDS = {
    "session.info[...]": r"session\.info\[",
    "isoformat()": r"\.isoformat\(",
    "raw /api/v1 strings": r"[\"']/api/v1",
    "lines with told": r"\btold\b",
    "lines with said": r"\bsaid\b",
}


def loose(note: ast.expr | None) -> bool:
    """Whether an annotation is a dictionary, or a list of them, without a shape."""
    return note is not None and re.match(r"(list\[)?dict\b", ast.unparse(note)) is not None


def shapes() -> Counter:
    """Functions by how their types are stated."""
    found: Counter = Counter()
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                taken = [*node.args.args, *node.args.kwonlyargs]
                found["functions"] += 1
                found["with a typed return"] += node.returns is not None
                found["returning dict or list of dict"] += loose(node.returns)
                found["dict parameters"] += sum(loose(one.annotation) for one in taken)
    return found


def width(paths: list[Path], limit: int) -> str:
    lines = [line for path in paths for line in path.read_text().splitlines() if line.strip()]
    return f"{sum(len(line) > limit for line in lines)} of {len(lines)}"


def main() -> None:
    source = [line for path in PRODUCT for line in path.read_text().splitlines()]
    figures = {"Python lines over 100": width(PRODUCT, 100)}
    figures |= {"template lines over 140": width(TEMPLATES, 140)}
    figures |= {"template lines over 200": width(TEMPLATES, 200)}
    figures |= {"style sheet lines over 100": width(STYLES, 100)}
    figures |= {name: str(count) for name, count in shapes().items()}
    figures |= {name: str(sum(bool(re.search(w, s)) for s in source)) for name, w in WORDS.items()}
    for name, value in figures.items():
        print(f"{name:<34}{value}")


if __name__ == "__main__":
    main()
