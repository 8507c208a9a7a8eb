"""What lies in `deploy/` does what it says: nginx in front of a real server, the units, and the command line beside them."""

import asyncio
import configparser
import contextlib
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect

from callguard.app.lifecycle import LAST_ANSWERS_S, LAST_STEPS_S, LAST_WORDS_S
from callguard.app.server import Running
from callguard.cli.main import COMMANDS
from callguard.clock import SystemClock
from callguard.errors import AccessError
from callguard.settings import CONFIG_VARIABLE, Settings, load_settings
from callguard.taps.twilio_client import play_twilio
from tests.app.test_server import serving

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
ANALYZE = shutil.which("systemd-analyze")
WAIT_S = 30
AUTH_TOKEN = "twilio's own"  # of the test
ANOTHER, A_THIRD = "127.0.0.2", "127.0.0.3"
"""Clients that are not this machine, as far as nginx can tell."""
needs_nginx = pytest.mark.skipif(
    NGINX is None or sys.platform != "linux", reason="no nginx on Linux; `apt-get install nginx-light`, as `make test` does"
)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "guard.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, secret = folder / "guard.pem", folder / "guard.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return shown, secret


def nginx_config(folder: Path, server: Running, consoles: int, *, tls: int, plain: int) -> Path:
    """Write `deploy/nginx.conf` with this test's ports and certificate, inside what Debian's nginx.conf puts around it."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    shown, secret = certificate(folder)
    for there, here in {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{tls} ssl;",
        "/etc/ssl/guard.pem": str(shown),
        "/etc/ssl/guard.key": str(secret),
        "127.0.0.1:8080": f"127.0.0.1:{consoles}",
        "http://127.0.0.1:8081": server.taps["twilio"].removesuffix("/twilio").replace("ws://", "http://"),
    }.items():
        assert there in text, f"deploy/nginx.conf has no «{there}» any more; bring this test along"
        text = text.replace(there, here)
    (folder / "site.conf").write_text(text)
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log {folder}/access.log; {temporary} include {folder}/site.conf; }}\n"
    )
    return config


@contextlib.asynccontextmanager
async def proxied(settings: Settings, folder: Path, tls: socket.socket, plain: socket.socket) -> AsyncIterator[Running]:
    """Serve with nginx in front, which takes over sockets that listen already: nobody has to wait until it does."""
    assert NGINX is not None
    async with serving(settings) as server:
        config = nginx_config(folder, server, settings.http.port, tls=tls.getsockname()[1], plain=plain.getsockname()[1])
        numbers = (tls.fileno(), plain.fileno())
        nginx = await asyncio.create_subprocess_exec(
            NGINX,
            *("-e", folder / "error.log", "-p", folder, "-c", config),
            pass_fds=numbers,
            env=os.environ | {"NGINX": "".join(f"{number};" for number in numbers)},
        )
        try:
            yield server
        finally:
            nginx.terminate()
            await nginx.wait()


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as tls, socket.create_server(("127.0.0.1", 0)) as plain:
        yield tls, plain


@needs_nginx
async def test_nginx_passes_consoles_and_calls_and_keeps_figures_to_this_machine(
    tmp_path: Path, sockets: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, plain = sockets
    address = f"127.0.0.1:{tls.getsockname()[1]}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        consoles = free.getsockname()[1]
    settings = load_settings(
        data_dir=tmp_path / "data",
        http={"port": consoles, "public_url": f"https://{address}"},
        taps={
            "twilio": {"port": 0, "public_url": f"wss://{address}/twilio", "auth_token": AUTH_TOKEN},
            "audiosocket": {"enabled": False},
        },
        transcribe={"engine": "pocketsphinx", "workers": 1},
    )
    async with asyncio.timeout(WAIT_S), proxied(settings, tmp_path, tls, plain) as server:
        trusted = ssl.create_default_context(cafile=str(tmp_path / "guard.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "guard.pem"))

        def client(address_of_client: str) -> httpx.AsyncClient:
            transport = httpx.AsyncHTTPTransport(verify=trusted, local_address=address_of_client)
            return httpx.AsyncClient(
                transport=transport, base_url=f"https://{address}", headers={"Origin": f"https://{address}"}, timeout=WAIT_S
            )

        async with client("127.0.0.1") as here, client(ANOTHER) as another, client(A_THIRD) as third:
            # Log-in, and the cookie that goes over HTTPS only.
            admin = {"name": "admin", "password": server.first_admin_password}
            logged_in = await here.post("/api/login", json=admin)
            assert logged_in.status_code == 200
            assert "Secure" in logged_in.headers["set-cookie"]

            # Figures.
            assert (await here.get("/metrics")).status_code == 200
            assert [
                (await another.get(path)).status_code for path in ("/metrics", f"https://{address}//metrics", "/%6detrics")
            ] == [403] * 3

            # Whoever guesses is held back by the address that they have, not by one that they claim, and nobody else is.
            wrong = {"name": "admin", "password": "guess"}
            tries = [
                (await another.post("/api/login", json=wrong, headers={"X-Forwarded-For": f"203.0.113.{number}"})).status_code
                for number in range(6)
            ]
            assert tries == [401] * 5 + [429]
            assert (await third.post("/api/login", json=admin)).status_code == 200

            # The longest policy that is taken.
            long = await here.post("/api/policy/check", json={"text": "#" * 500_000})
            assert long.status_code == 200

            # Who runs callguard reads no calls; who is there for them does.
            ana = {"name": "ana", "password": "of the test, and long"}
            assert (await here.post("/api/users", json={**ana, "display_name": "Ana", "role": "senior"})).status_code == 201
            senior = await third.post("/api/login", json=ana)
            cookie = "; ".join(f"{name}={value}" for name, value in senior.cookies.items())
            async with connect(
                f"wss://{address}/ws", additional_headers={"Cookie": cookie, "Origin": f"https://{address}"}
            ) as console:
                assert orjson.loads(await console.recv())["type"] == "hello"
                # A stream as Twilio signs it, and one that somebody else made up.
                tracks = {"inbound": b"\xff" * 800}
                stream = f"wss://{address}/twilio"
                with pytest.raises(AccessError):
                    await play_twilio(stream, tracks, call_sid="CA1", clock=SystemClock(), auth_token="made up")
                await play_twilio(stream, tracks, call_sid="CA2", clock=SystemClock(), auth_token=AUTH_TOKEN)
                while (row := orjson.loads(await console.recv())).get("call_id") != "CA2":
                    pass
                assert row["type"] == "call_started"

        async with httpx.AsyncClient() as browser:
            moved = await browser.get(f"http://127.0.0.1:{plain.getsockname()[1]}/board", headers={"Host": "guard.example.org"})
            assert (moved.status_code, moved.headers["location"]) == (301, "https://guard.example.org/board")

    logged = (tmp_path / "access.log").read_text()
    assert "/api/" not in logged
    assert "/ws" not in logged, "addresses name calls: none is written down"


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    read.read(DEPLOY / name, encoding="utf-8")
    return read


@pytest.mark.parametrize("name", ["callguard.service", "callguard-retention.service"])
def test_a_unit_runs_a_command_that_there_is_with_the_file_that_is_shipped(name: str) -> None:
    service = unit(name)["Service"]
    program, command, option, config = service["ExecStart"].split()
    settings = load_settings(DEPLOY / "callguard.toml")

    assert program == "/opt/callguard/.venv/bin/callguard"
    assert command in COMMANDS
    assert (option, config) == ("--config", "/etc/callguard.toml")
    assert f"/var/lib/{service['StateDirectory']}" == str(settings.data_path)
    assert (service["StateDirectoryMode"], service["UMask"]) == ("0700", "0077"), "what people said is for nobody else to read"


def test_the_service_gets_longer_to_stop_than_callguard_takes() -> None:
    assert int(unit("callguard.service")["Service"]["TimeoutStopSec"]) > 4 * (LAST_WORDS_S + LAST_ANSWERS_S + LAST_STEPS_S)


def test_whoever_reaches_the_proxy_opens_no_calls_until_twilio_is_switched_on() -> None:
    assert not load_settings(DEPLOY / "callguard.toml").taps.twilio.enabled


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze; `apt-get install systemd`")
@pytest.mark.parametrize("name", ["callguard.service", "callguard-retention.service", "callguard-retention.timer"])
def test_systemd_finds_nothing_wrong_with_a_unit(tmp_path: Path, name: str) -> None:
    assert ANALYZE is not None
    for file in DEPLOY.glob("callguard*"):
        if file.suffix in {".service", ".timer"}:
            text = file.read_text(encoding="utf-8").replace("/opt/callguard/.venv/bin/callguard", "/bin/true")
            (tmp_path / file.name).write_text(text, encoding="utf-8")
    said = subprocess.run([ANALYZE, "verify", tmp_path / name], capture_output=True, text=True, check=False)

    ours = [line for line in (said.stdout + said.stderr).splitlines() if "callguard" in line]
    assert ours == []


def test_the_command_line_beside_the_service_has_its_settings_and_secrets(tmp_path: Path) -> None:
    secrets = tmp_path / "callguard.env"
    secrets.write_text(
        "# said once\n"
        "CALLGUARD_RECORD__DATABASE_URL=postgresql://guard:a&b;c $d@db/guard?ssl=require\n"
        'CALLGUARD_HTTP__METRICS_TOKEN="in quotes"\n'
        "CALLGUARD_JOIN__TURN_SECRET='in others'\n"
        "\n"
        "CALLGUARD_ORGANISATION=Example Council"
    )
    script = (DEPLOY / "callguard").read_text(encoding="utf-8")
    for there, here in {
        "/etc/callguard.env": str(secrets),
        "exec runuser -u callguard -- /opt/callguard/.venv/bin/callguard": "exec env -0 #",
    }.items():
        assert there in script
        script = script.replace(there, here)
    told = subprocess.run(["sh", "-c", script, "callguard"], capture_output=True, check=True, env={"PATH": os.environ["PATH"]})
    variables = dict(pair.split("=", 1) for pair in told.stdout.decode().split("\0") if pair)

    assert variables["CALLGUARD_RECORD__DATABASE_URL"] == "postgresql://guard:a&b;c $d@db/guard?ssl=require"
    assert variables["CALLGUARD_HTTP__METRICS_TOKEN"] == "in quotes"
    assert variables["CALLGUARD_JOIN__TURN_SECRET"] == "in others"
    assert variables["CALLGUARD_ORGANISATION"] == "Example Council"
    assert variables[CONFIG_VARIABLE] == "/etc/callguard.toml"
    assert variables["HOME"] == "/var/lib/callguard"
