import hashlib
import json
import re
from importlib import resources

from app.web.static_files import MEDIA_TYPES, address
from tests.web.conftest import Browser

WEB = resources.files("app.web")


def test_vendored_files_are_the_ones_the_manifest_names() -> None:
    vendor = WEB.joinpath("static/vendor")
    manifest = json.loads(vendor.joinpath("manifest.json").read_text())

    scripts = {entry.name for entry in vendor.iterdir() if entry.name.endswith(".js")}
    assert scripts == set(manifest)
    for name, known in manifest.items():
        assert hashlib.sha256(vendor.joinpath(name).read_bytes()).hexdigest() == known["sha256"]
        assert vendor.joinpath(known["licence_file"]).is_file()


def test_files_are_kept_by_browsers_under_an_address_that_changes_with_their_content(nobody: Browser) -> None:
    for name in MEDIA_TYPES:
        answer = nobody.client.get(address(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert nobody.client.get(f"/static/{name}").headers["cache-control"] == "no-cache"


def test_nothing_else_of_the_package_is_served(nobody: Browser) -> None:
    for name in ("../templates/base.html", "vendor/manifest.json", "..%2f..%2fmain.py", "viva.css/"):
        assert nobody.client.get(f"/static/{name}").status_code == 404


def test_no_template_has_inline_script_or_style_or_loads_from_elsewhere() -> None:
    for template in WEB.joinpath("templates").iterdir():
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), template.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), template.name
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), template.name
        assert "|safe" not in text.replace(" ", ""), template.name
