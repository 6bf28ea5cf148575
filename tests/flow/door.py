"""The shipped front door as a real nginx on loopback, and certificates of a throw-away authority
for it.
"""

import ssl
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.flow.server import free_port

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "proxy"
SERVICES = (
    "matching-streams",
    "startups",
    "investors",
    "programs",
    "matching",
    "meetings",
    "accounts",
    "notices",
    "portal",
)


class Authority:
    """A throw-away certificate authority; `context` trusts it and nobody else."""

    def __init__(self, folder: Path):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away CA")])
        made = self._certificate(
            name, name, self.key, x509.BasicConstraints(ca=True, path_length=0)
        )
        self.name, self.path = name, folder / "ca.pem"
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def _certificate(self, subject, issuer, key, *extensions, days: int = 30) -> x509.Certificate:
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
        )
        built = built.serial_number(x509.random_serial_number())
        built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(
            now + timedelta(days=days)
        )
        for extension in extensions:
            built = built.add_extension(extension, critical=False)
        return built.sign(self.key, hashes.SHA256())

    def issue(self, *names: str, days: int = 30) -> Path:
        """A folder with certificate.pem and key.pem for host names and addresses."""
        folder, key = (
            self.folder / f"tls-{len(list(self.folder.iterdir()))}",
            ec.generate_private_key(ec.SECP256R1()),
        )
        folder.mkdir()
        alternatives = [
            x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names
        ]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        made = self._certificate(
            subject, self.name, key, x509.SubjectAlternativeName(alternatives), days=days
        )
        (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "key.pem").write_bytes(secret)
        return folder

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


@dataclass
class Nginx:
    """nginx with the shipped files; only hosts, ports, folders and what settings.conf says are this
    test's own.
    """

    folder: Path
    places: dict[str, str]  # service: host:port
    tls: Path | None = None
    trusted: tuple[str, ...] = ()
    resolver: str = "127.0.0.1"
    ports: dict[str, int] = field(
        default_factory=lambda: {p: free_port() for p in ("8080", "8081", "8443")}
    )

    @property
    def url(self) -> str:
        return (
            f"https://127.0.0.1:{self.ports['8443']}"
            if self.tls
            else f"http://127.0.0.1:{self.ports['8080']}"
        )

    @property
    def inside(self) -> str:
        return f"127.0.0.1:{self.ports['8081']}"

    def start(self) -> "Nginx":
        self.folder.mkdir(parents=True)
        for shipped in SHIPPED.glob("*.conf"):
            (self.folder / shipped.name).write_text(self._local(shipped.read_text()))
        words = "".join(f" {network} 1;" for network in self.trusted)
        (self.folder / "settings.conf").write_text(
            f"resolver {self.resolver} valid=1s ipv6=off;\ngeo $remote_addr $trusted {{ default"
            f" 0;{words} }}\n"
        )
        return self.run(self.folder / ("nginx-tls.conf" if self.tls else "nginx.conf"))

    def _local(self, text: str) -> str:
        for port, mine in self.ports.items():
            text = text.replace(f"listen {port}", f"listen 127.0.0.1:{mine}")
        for name in SERVICES:
            text = text.replace(f" {name}:8000;", f" {self.places.get(name, name + ':8000')};")
        return text.replace("/tmp/", f"{self.folder}/").replace("/etc/nginx/tls/", f"{self.tls}/")

    def run(self, conf: Path) -> "Nginx":
        with (self.folder / "out").open("ab") as out:
            command = ["nginx", "-c", str(conf), "-g", "daemon off;"]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + 5
        while not (self.folder / "nginx.pid").exists():
            assert self.process.poll() is None and time.monotonic() < deadline, (
                self.folder / "out"
            ).read_text()
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def outer(folder: Path, tls: Path, towards: str, port: int) -> Nginx:
    """A proxy of the operator's own that ends TLS before the shipped door, as a load balancer
    would.
    """
    made = Nginx(folder, {}, tls, ports={"8443": port})
    folder.mkdir(parents=True)
    (folder / "outer.conf").write_text(
        f"""pid {folder}/nginx.pid; error_log stderr warn; events {{}}
        http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
        fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
        server {{ listen 127.0.0.1:{made.ports["8443"]} ssl;
        ssl_certificate {tls}/certificate.pem; ssl_certificate_key {tls}/key.pem;
        location / {{ proxy_pass http://{towards}; proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}"""
    )
    return made.run(folder / "outer.conf")
