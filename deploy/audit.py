"""Looks the locked dependencies up among known vulnerabilities (pip-audit): 1 where one is found, 0
where none is, or nobody could be asked.

python deploy/audit.py [requirements.lock]
"""

import json
import subprocess
import sys

LIMIT_S = 120


def main(lock: str) -> int:
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--require-hashes",
        "--disable-pip",
        "-r",
        lock,
        "-f",
        "json",
        "--progress-spinner",
        "off",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        print(
            f"dependency audit: the advisories could not be reached ({type(error).__name__}):"
            " nothing was audited"
        )
        return 0
    asked = [d for d in found if "vulns" in d]
    bad = [
        (d["name"], d["version"], v["id"], ", ".join(v["fix_versions"]))
        for d in asked
        for v in d["vulns"]
    ]
    for name, version, advisory, mended in bad:
        print(f"{name} {version}: {advisory}, mended in {mended or 'no version yet'}")
    print(
        f"dependency audit: {len(asked)} of {len(found)} looked up, {len(bad)} known"
        " vulnerabilities"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "requirements.lock"))
