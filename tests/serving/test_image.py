"""The container's files, without Docker: what is copied exists and is enough to run, requirements are pinned, compose says what it must."""

from __future__ import annotations

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from recsys_core.settings import PROJECT_FOLDER as ROOT
from tests.faults.conftest import ONE_THREAD
from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
IGNORED = [
    line for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]


def copied(stage: int) -> list[str]:
    """What a stage copies from the project."""
    lines = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:][stage].splitlines()
    return [path for line in lines if line.startswith("COPY ") and "--from" not in line for path in line.split()[1:-1]]


def enters(path: Path) -> bool:
    """Whether a file of the project is sent to Docker: the last rule that fits it, or a folder above it, decides."""
    names = [path.as_posix(), *(above.as_posix() for above in path.parents)]
    decided = True
    for rule in IGNORED:
        pattern = rule.removeprefix("!")
        patterns = [pattern, pattern.removeprefix("**/")] if pattern.startswith("**/") else [pattern]
        if any(fnmatch.fnmatchcase(name, each) for name in names for each in patterns):
            decided = rule.startswith("!")
    return decided


def files_in(place: Path) -> list[Path]:
    """Files of the project below a path that Docker is sent."""
    found = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return [path.relative_to(ROOT) for path in found if enters(path.relative_to(ROOT))]


def test_every_path_that_is_copied_exists_and_is_sent() -> None:
    assert len(copied(0)) == 2
    assert len(copied(2)) >= 8
    for path in (*copied(0), *copied(1), *copied(2)):
        assert files_in(ROOT / path), f"{path} is empty or left out by Dockerfile.dockerignore"


@pytest.mark.parametrize(
    "path", [".git/config", "deploy/.env", "data/ratings.sqlite3", ".streamlit/secrets.toml", "ui/__pycache__/a.pyc", "tests/a.py"]
)
def test_secrets_databases_and_what_nobody_needs_stay_outside(path: str) -> None:
    assert not enters(Path(path))


def test_what_is_installed_is_pinned() -> None:
    for name in copied(0):
        lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
        assert all(re.fullmatch(r"[\w\[\]-]+==[\d.]+", line) for line in lines if line)
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert [base for base in bases if base != "packages"] == 2 * ["python:3.11-slim-bookworm"]


def test_the_image_runs_as_nobody_special_and_says_how_it_is() -> None:
    last = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[-1]
    assert re.search(r"^USER app$", last, flags=re.MULTILINE)
    check = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", last, flags=re.MULTILINE)
    assert check
    assert json.loads(check[1]) == ["python", "scripts/healthy.py"]


def test_what_the_image_holds_is_enough(small: tuple[Path, Path], tmp_path: Path) -> None:
    """The copied files alone, in a folder that is not the project's, serve a page, and the health check tells that they do."""
    image = tmp_path / "app"
    for path in copied(2):
        for file in files_in(ROOT / path):
            (image / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, image / file)
    server = Server(tmp_path / "ratings.sqlite3", small[1], str(small[0]), ONE_THREAD, folder=image)

    def health() -> int:
        command = [sys.executable, str(image / "scripts" / "healthy.py")]
        return subprocess.run(command, env={"PORT": str(server.port)}, cwd=image, check=False).returncode

    async def visit() -> None:
        async with Visitor(server.port) as visitor:
            await visitor.star(visitor.tiles()[0], 5)
            for page in visitor.pages:
                await visitor.go(page)
                assert not visitor.exceptions()

    server.start()
    try:
        assert health() == 0
        loop.run(visit())
    finally:
        server.stop()
    assert health() == 1
    assert " error " not in server.log.read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_compose_has_two_equal_replicas_a_database_and_the_proxy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"app1", "app2", "database", "proxy"}
    one, two = ({**services[name], "environment": dict(services[name]["environment"])} for name in ("app1", "app2"))
    ports = [service["environment"].pop("PORT") for service in (one, two)]
    addresses = [service.pop("networks")["inside"]["ipv4_address"] for service in (one, two)]
    assert one == two
    assert one["environment"]["STREAMLIT_SERVER_COOKIE_SECRET"].startswith("${COOKIE_SECRET:?")
    proxied = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert all(f"server app{number}:{port} max_fails=0;" in proxied for number, port in enumerate(ports, start=1))
    assert services["proxy"]["extra_hosts"] == [f"app{number}:{address}" for number, address in enumerate(addresses, start=1)]
    assert f"set_real_ip_from {compose['networks']['outside']['ipam']['config'][0]['gateway']};" in proxied
    assert "healthcheck" in services["database"]
    assert services["database"]["volumes"] == ["ratings:/var/lib/postgresql/data"]
    assert "ratings" in compose["volumes"]
    assert all(service["restart"] == "unless-stopped" for service in services.values())
    assert all(name in compose["services"] for service in services.values() for name in service.get("depends_on", {}))
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert all("outside" not in services[name].get("networks", {}) for name in ("app1", "app2", "database"))


def test_every_file_that_compose_names_exists(compose: dict[str, Any]) -> None:
    build = compose["services"]["app1"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    assert (DEPLOY / compose["services"]["proxy"]["volumes"][0].partition(":")[0]).is_file()


def test_the_page_about_deploying_names_files_that_exist_and_holds_yaml() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    kinds = [
        part["kind"]
        for block in re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
        for part in yaml.safe_load_all(block)
    ]
    assert kinds == ["Deployment", "Service", "Ingress"]
    named = set(re.findall(r"\b(?:deploy|scripts|tests|benchmarks)/[\w/.-]+\.(?:py|md|conf|yaml|service)\b", text))
    assert {"deploy/nginx.conf", "scripts/replicas.py", "deploy/compose.yaml"} <= named
    assert all((ROOT / name).is_file() for name in named)


def test_the_service_starts_what_there_is() -> None:
    unit = (DEPLOY / "because-you-watched.service").read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(\S+) (\S+) (.*)$", unit, flags=re.MULTILINE)
    assert command
    assert (ROOT / command[2]).is_file()
    told = subprocess.run(
        [sys.executable, str(ROOT / command[2]), *command[3].split(), "--help"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0
    assert all(option in told.stdout for option in command[3].split() if option.startswith("--"))
