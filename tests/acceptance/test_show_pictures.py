# SPDX-License-Identifier: LGPL-3.0-or-later
"""``show --format``: pictures of inputs and model files, and how a real browser lays them out."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/water/input.json"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def test_each_format_of_an_input(call_command, tmp_path: Path):
    for form, start in (("svg", b"<svg"), ("html", b"<!doctype html>"), ("mermaid", b"flowchart")):
        shown = call_command("show", EXAMPLE, "--format", form)
        assert (shown.returncode, shown.stderr) == (0, b"")
        assert shown.stdout.startswith(start)
        target = tmp_path / f"picture.{form}"
        assert call_command("show", EXAMPLE, "--format", form, "-o", target).returncode == 0
        assert target.read_bytes() == shown.stdout


def test_a_picture_file_is_not_overwritten_without_force(call_command, tmp_path: Path):
    target = tmp_path / "p.svg"
    target.write_text("mine")
    refused = call_command("show", EXAMPLE, "--format", "svg", "-o", target)
    assert refused.returncode == 2
    assert b"--force" in refused.stderr
    assert target.read_text() == "mine"
    forced = call_command("show", EXAMPLE, "--format", "svg", "-o", target, "--force")
    assert forced.returncode == 0
    assert target.read_text().startswith("<svg")


def test_json_and_a_picture_exclude_each_other(call_command):
    refused = call_command("show", EXAMPLE, "--json", "--format", "svg")
    assert refused.returncode == 2
    assert b"--json and --format" in refused.stderr


def test_the_page_of_a_model_file_lists_its_variables(call_command, tmp_path: Path):
    assert call_command("init", EXAMPLE, "-o", tmp_path / "m.dp").returncode == 0
    page = call_command("show", tmp_path / "m.dp", "--format", "html").stdout.decode()
    assert "model/descriptor/@variables/davg" in page
    svg = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert svg is not None
    words = [each.text for each in ElementTree.fromstring(svg[0]).iter() if each.text]
    assert any("sharing saves" in each for each in words)


def test_one_branch_of_an_input(call_command):
    svg = call_command("show", EXAMPLE, "--branch", "ice", "--format", "svg").stdout.decode()
    assert ">ice<" in svg
    assert ">surface<" not in svg


def many_branches(number: int) -> dict:
    """Give an input with so many branches, under names as long as published models have them."""
    shared = {
        "types": ["H", "C", "N", "O"],
        "des": {"type": "dpa1", "rcut": 6.0, "rcut_smth": 0.5, "sel": 40},
        "fit": {"neuron": [16], "dim_case_embd": number},
    }
    branches = {
        f"MPtraj_v026_{n:02d}-mix-Utype": {
            "type_map": "types",
            "descriptor": "des:1" if n % 7 == 6 else "des",
            "fitting_net": "fit" if n % 3 else {"neuron": [8], "dim_case_embd": number},
        }
        for n in range(number)
    }
    data = {name: {"training_data": {"systems": ["a"] * 12}} for name in branches}
    return {
        "model": {"shared_dict": shared, "model_dict": branches},
        "training": {"data_dict": data},
    }


# Asks the browser how wide each text came out, and whether the page scrolls sideways.
_MEASURE = """
<script>
{const wide=[];
for(const text of document.querySelectorAll("svg.dpm g text")){
  const box=text.parentNode.querySelector("rect").getBBox(),own=text.getBBox();
  if(own.x<box.x-1||own.x+own.width>box.x+box.width+1||own.y+own.height>box.y+box.height+2)
    wide.push(text.textContent);
}
const field=document.getElementById("search");
field.value="_03-";field.dispatchEvent(new Event("input"));
const left=[...document.querySelectorAll("details")].filter(each=>!each.hidden).length;
document.title=JSON.stringify({wide,left,sideways:
  document.documentElement.scrollWidth>document.documentElement.clientWidth});}
</script></body>
"""


# Shows pages in frames of three sizes, and gives what they measured as the title.
_FRAMES = """<!doctype html><body style="margin:0">
%s
<script>
addEventListener("load",()=>{document.title=JSON.stringify(
  [...document.querySelectorAll("iframe")].map(each=>JSON.parse(each.contentDocument.title)))});
</script></body>
"""
SIZES = [(31, 400, 800), (5, 1100, 900), (31, 1920, 1080)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the command of a browser without a window."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    profile = tmp_path_factory.mktemp("profile")
    return [
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
        *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
        *("--disable-sync", f"--user-data-dir={profile}", "--window-size=1920,2780"),
    ]


def test_a_browser_fits_every_text_into_its_box(call_command, browser, tmp_path: Path):
    frames = []
    for number, width, height in SIZES:
        (tmp_path / "in.json").write_text(json.dumps(many_branches(number)))
        shown = call_command("show", "in.json", "--format", "html")
        assert shown.returncode == 0
        page = html.escape(shown.stdout.decode().replace("</body>", _MEASURE))
        frames.append(
            f'<iframe srcdoc="{page}" width="{width}" height="{height}" '
            'style="border:0;display:block"></iframe>'
        )
    page = tmp_path / "page.html"
    page.write_text(_FRAMES % "\n".join(frames), encoding="utf-8")
    picture = tmp_path / "picture.png"
    dumped = subprocess.run(
        [*browser, "--dump-dom", f"--screenshot={picture}", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    title = re.findall(r"<title>(\[\{.*?\}\])</title>", dumped.stdout.decode())
    assert title
    measured = json.loads(title[-1].replace("&amp;", "&"))
    for (number, *_), found in zip(SIZES, measured, strict=True):
        assert found["wide"] == []
        assert not found["sideways"]
        assert 1 <= found["left"] < number
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 100_000  # an empty page is far smaller


def test_the_picture_and_the_text_of_the_documentation_are_current(call_command):
    root = EXAMPLE.parents[2]
    name = "examples/water/input.json"
    picture = call_command("show", EXAMPLE, "--format", "svg").stdout.decode()
    drawn = (root / "docs/pictures/water.svg").read_text(encoding="utf-8")
    assert picture.replace(str(EXAMPLE), name) == drawn
    chart = call_command("show", EXAMPLE, "--format", "mermaid").stdout.decode()
    assert chart in (root / "docs/show.md").read_text(encoding="utf-8")
